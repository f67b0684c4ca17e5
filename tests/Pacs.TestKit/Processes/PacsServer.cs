using System.Collections.Concurrent;
using System.Globalization;

namespace Pacs.TestKit.Processes;

/// <summary>
/// The built server as real processes, on ports and data of its own: to be used, stopped, killed and started again.
/// </summary>
public sealed class PacsServer : IAsyncDisposable
{
    private const int SigKill = 9;

    private readonly PacsServerOptions _options;
    private readonly TemporaryFolder? _folder;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly List<(string Project, RunningProgram Program)> _hosts = [];

    private PacsServer(PacsServerOptions options)
    {
        _options = options;
        _folder = options.DataFolder is null ? new TemporaryFolder() : null;
        DataFolder = options.DataFolder ?? _folder!.File("data");
        Dimse = new DicomAddress("PACS", FreePort.Next());
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{FreePort.Next()}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    public DicomAddress Dimse { get; }

    /// <summary>A client whose base address is the server's root: <c>/dicomweb/</c>, <c>/api/v1/</c> and <c>/health/</c> lie below.</summary>
    public HttpClient Http { get; }

    public string DataFolder { get; }

    /// <summary>Every line that its processes have written so far.</summary>
    public IReadOnlyCollection<string> Log => _log;

    /// <summary>The host programs, and the private PostgreSQL if it runs.</summary>
    public IReadOnlyList<int> ProcessIds => [.. _hosts.Select(h => h.Program.Id), .. PostgresIds()];

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; its log is in the message.</exception>
    /// <exception cref="TimeoutException">It does not become ready; its log is in the message.</exception>
    public static async Task<PacsServer> StartAsync(PacsServerOptions? options = null)
    {
        var server = new PacsServer(options ?? new());
        try
        {
            if (server.UsesPreparedIndex) await PreparedIndex.CopyToAsync(server.DataFolder);
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the processes on the same ports and data. To be called after a stop or a kill.</summary>
    public async Task StartAgainAsync()
    {
        foreach (var (project, role) in Programs) Start(project, role);
        try
        {
            await Eventually.TrueAsync(IsReadyAsync, _options.StartTimeoutSeconds);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Tail()}", e);
        }
    }

    /// <summary>SIGTERM to all, and waits for the end.</summary>
    /// <exception cref="TimeoutException">One does not end.</exception>
    public async Task StopAsync()
    {
        await Task.WhenAll(_hosts.Select(h => h.Program.TerminateAsync()));
        Forget();
    }

    /// <summary>SIGKILL to the hosts and to every process of the private PostgreSQL: as near to a power cut as processes get.</summary>
    public async Task KillAsync()
    {
        var postgres = PostgresIds().SelectMany(ProcessTree.WithDescendants).ToList();
        foreach (var id in _hosts.SelectMany(h => ProcessTree.WithDescendants(h.Program.Id))) Signals.Send(id, SigKill);
        foreach (var id in postgres) Signals.Send(id, SigKill);
        foreach (var (_, program) in _hosts) await program.WaitForExitAsync();
        await Eventually.TrueAsync(() => !postgres.Any(ProcessTree.IsRunning));
        Forget();
    }

    /// <summary>SIGKILL to the host programs, which leaves the private PostgreSQL running.</summary>
    public async Task KillHostsAsync()
    {
        foreach (var (_, program) in _hosts) await program.KillAsync();
        Forget();
    }

    /// <summary>SIGKILL to the oldest Worker of several processes.</summary>
    public async Task KillWorkerAsync()
    {
        var worker = _hosts.First(h => h.Project == "Pacs.Worker");
        _hosts.Remove(worker);
        await worker.Program.KillAsync();
        worker.Program.Dispose();
    }

    /// <summary>One Worker more, beside several processes.</summary>
    public void StartWorker() => Start("Pacs.Worker", "Worker");

    /// <summary>SIGKILL to the private PostgreSQL alone.</summary>
    public void KillDatabase()
    {
        foreach (var id in PostgresIds().SelectMany(ProcessTree.WithDescendants)) Signals.Send(id, SigKill);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Http.Dispose();
        _folder?.Dispose();
    }

    private IReadOnlyList<(string Project, string Role)> Programs => _options.Arrangement == Arrangement.OneProcess
        ? [("Pacs.Api", "All")]
        : [("Pacs.Dimse", "Dimse"), ("Pacs.Api", "Api"), .. Enumerable.Repeat(("Pacs.Worker", "Worker"), _options.Workers)];

    private bool UsesPreparedIndex => !_options.MakesItsIndex && _options.DataFolder is null && !_options.Settings.ContainsKey("PACS__Database__ConnectionString");

    private void Start(string project, string role) =>
        _hosts.Add((project, new RunningProgram([.. _options.Wrapper, "dotnet", RepositoryPaths.HostAssembly(project)], RepositoryPaths.Root, Settings(role), _log)));

    private Dictionary<string, string> Settings(string role)
    {
        var settings = new Dictionary<string, string>
        {
            ["PACS__Roles"] = role,
            ["PACS__DataFolder"] = DataFolder,
            ["PACS__Dimse__Port"] = $"{Dimse.Port}",
            ["PACS__Dimse__BindAddress"] = "127.0.0.1",
            ["PACS__Http__Urls"] = Http.BaseAddress!.GetLeftPart(UriPartial.Authority),
        };
        foreach (var (name, value) in _options.Settings) settings[name] = value;
        return settings;
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_hosts.Select(h => h.Program).FirstOrDefault(h => h.HasExited) is { } ended)
            throw new InvalidOperationException($"The server ended with {ended.ExitCode}:\n{Tail()}");
        try
        {
            using var response = await Http.GetAsync(_options.WaitsForReadiness ? "/health/ready" : "/health/live");
            return response.IsSuccessStatusCode && StoreScp.IsListening(Dimse);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // The first line of PostgreSQL's own lock file; the instance may have died without removing it.
    private IEnumerable<int> PostgresIds() =>
        !Directory.Exists(DataFolder) ? [] :
        Directory.EnumerateFiles(DataFolder, "postmaster.pid", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
            .Select(PostgresId)
            .Where(ProcessTree.IsPostgres);

    /// <summary>0 where the file has gone meanwhile, or is only being written.</summary>
    private static int PostgresId(string file)
    {
        try
        {
            return int.TryParse(File.ReadLines(file).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private void Forget()
    {
        foreach (var (_, program) in _hosts) program.Dispose();
        _hosts.Clear();
    }

    private string Tail() => string.Join('\n', _log.TakeLast(60));
}
