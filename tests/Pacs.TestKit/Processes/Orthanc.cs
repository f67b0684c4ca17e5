using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pacs.TestKit.Processes;

/// <summary>
/// Orthanc with its DICOMweb plugin: a foreign archive as AE (C-ECHO, C-STORE, C-FIND, C-GET, C-MOVE, storage commitment) and as
/// DICOMweb origin server (STOW-RS, QIDO-RS, WADO-RS), on ports and data of its own.
/// </summary>
public sealed class Orthanc : IAsyncDisposable
{
    private const string Program = "/usr/sbin/Orthanc", DicomWebPlugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

    private readonly TemporaryFolder _folder = new();
    private RunningProgram? _program;

    private Orthanc(OrthancOptions options)
    {
        Dimse = new DicomAddress(options.AeTitle, FreePort.Next());
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{FreePort.Next()}") };
        if (options.Account is { } account)
            Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{account.User}:{account.Password}")));
        File.WriteAllText(_folder.File("orthanc.json"), JsonSerializer.Serialize(Settings(options)));
    }

    public DicomAddress Dimse { get; }

    /// <summary>A client of its REST API, with the account if it has one.</summary>
    public HttpClient Http { get; }

    /// <summary>The base URL of its DICOMweb services, with a slash at the end.</summary>
    public Uri DicomWeb => new(Http.BaseAddress!, "/dicom-web/");

    public IReadOnlyCollection<string> Log => _program!.Log;

    /// <summary>Starts it and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It ended instead, or is not installed.</exception>
    public static async Task<Orthanc> StartAsync(OrthancOptions? options = null)
    {
        var orthanc = new Orthanc(options ?? new());
        await orthanc.StartAgainAsync();
        return orthanc;
    }

    /// <summary>Starts it on the same ports and data. To be called after a stop or a kill.</summary>
    public async Task StartAgainAsync()
    {
        _program?.Dispose();
        _program = new RunningProgram([Program, _folder.File("orthanc.json")], _folder.Path, StoreScp.TcpNoDelay);
        await Eventually.TrueAsync(AnswersAsync);
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public Task StopAsync() => _program!.TerminateAsync();

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _program!.KillAsync();

    /// <summary>Makes a modality known: a destination of C-MOVE, and of reports of storage commitment.</summary>
    public async Task AddModalityAsync(DicomAddress address)
    {
        using var response = await Http.PutAsJsonAsync($"/modalities/{address.AeTitle}", new object[] { address.AeTitle, address.Host, address.Port });
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Fills it, by its REST API.</summary>
    public async Task StoreAsync(IEnumerable<byte[]> files)
    {
        foreach (var file in files)
        {
            using var response = await Http.PostAsync("/instances", new ByteArrayContent(file));
            response.EnsureSuccessStatusCode();
        }
    }

    /// <summary>SOP Instance UIDs of all that it keeps.</summary>
    public async Task<IReadOnlyList<string>> SopInstanceUidsAsync() =>
        [.. (await GetAsync("/instances?expand&since=0&limit=1000000")).AsArray().Select(i => i!["MainDicomTags"]!["SOPInstanceUID"]!.ToString()).Order(StringComparer.Ordinal)];

    /// <summary>How many instances it keeps: quick also for many.</summary>
    public async Task<int> CountAsync() => (await GetAsync("/statistics"))["CountInstances"]!.GetValue<int>();

    /// <summary>An instance as Part 10.</summary>
    public async Task<byte[]> FileAsync(string sopInstanceUid)
    {
        using var found = await Http.PostAsync("/tools/lookup", new StringContent(sopInstanceUid));
        var resource = JsonNode.Parse(await found.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!.AsArray().Single(r => r!["Type"]!.ToString() == "Instance");
        return await Http.GetByteArrayAsync($"{resource!["Path"]}/file");
    }

    /// <summary>Its REST API: <c>/studies</c>, <c>/changes</c>, …</summary>
    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(path))!;

    public async ValueTask DisposeAsync()
    {
        if (_program is { } program)
        {
            await program.KillAsync();
            program.Dispose();
        }
        Http.Dispose();
        _folder.Dispose();
    }

    private Dictionary<string, object> Settings(OrthancOptions options)
    {
        var settings = new Dictionary<string, object>
        {
            ["StorageDirectory"] = _folder.File("storage"),
            ["IndexDirectory"] = _folder.File("storage"),
            // What it keeps is gone with the test: no time is spent on flushing it.
            ["SyncStorageArea"] = false,
            ["Locale"] = "C",
            ["HttpPort"] = Http.BaseAddress!.Port,
            ["RemoteAccessAllowed"] = true,
            ["AuthenticationEnabled"] = options.Account is not null,
            ["RegisteredUsers"] = options.Account is { } account ? new Dictionary<string, string> { [account.User] = account.Password } : [],
            ["DicomAet"] = Dimse.AeTitle,
            ["DicomPort"] = Dimse.Port,
            ["DicomAlwaysAllowEcho"] = true,
            ["DicomAlwaysAllowStore"] = true,
            ["DicomAlwaysAllowFind"] = true,
            ["DicomAlwaysAllowGet"] = true,
            ["DicomAlwaysAllowMove"] = true,
            ["UnknownSopClassAccepted"] = true,
            ["DicomModalities"] = options.Modalities.ToDictionary(m => m.AeTitle, m => new object[] { m.AeTitle, m.Host, m.Port }),
            ["StableAge"] = 1,
            ["Plugins"] = new[] { DicomWebPlugin },
            ["DicomWeb"] = new Dictionary<string, object> { ["Enable"] = true, ["Root"] = "/dicom-web/", ["StudiesMetadata"] = "Full", ["SeriesMetadata"] = "Full" },
        };
        foreach (var (name, value) in options.Settings) settings[name] = value;
        return settings;
    }

    private async Task<bool> AnswersAsync()
    {
        if (_program!.HasExited) throw new InvalidOperationException($"Orthanc ended with {_program.ExitCode}:\n{_program.Output}");
        try
        {
            using var response = await Http.GetAsync("/dicom-web/studies?limit=1");
            return response.IsSuccessStatusCode && StoreScp.IsListening(Dimse);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
