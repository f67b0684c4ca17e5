using Pacs.TestKit.Samples;

namespace Pacs.TestKit.Processes;

/// <summary>DCMTK's dcmqrscp: a foreign archive that answers C-FIND, C-MOVE and C-GET in all three information models.</summary>
public sealed class DcmQrScp : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IReadOnlyList<string> _options;
    private RunningProgram? _program;

    private DcmQrScp(string aeTitle, IEnumerable<DicomAddress> destinations, IEnumerable<string> options)
    {
        Address = new DicomAddress(aeTitle, FreePort.Next());
        _options = [.. options];
        var archive = Directory.CreateDirectory(_folder.File("archive")).FullName;
        File.WriteAllText(_folder.File("dcmqrscp.cfg"), $"""
            NetworkTCPPort = {Address.Port}
            MaxPDUSize = 131072
            MaxAssociations = 32
            HostTable BEGIN
            {string.Join('\n', destinations.Select((d, i) => $"destination{i} = ({d.AeTitle}, {d.Host}, {d.Port})"))}
            HostTable END
            VendorTable BEGIN
            VendorTable END
            AETable BEGIN
            {aeTitle} {archive} RW (10000, 10000mb) ANY
            AETable END

            """);
    }

    public DicomAddress Address { get; }

    /// <summary>What it keeps.</summary>
    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(_folder.File("archive")).Where(f => Path.GetFileName(f) != "index.dat").Order()];

    /// <param name="aeTitle">By which it wants to be called.</param>
    /// <param name="destinations">Where C-MOVE may go to.</param>
    /// <param name="options">Of dcmqrscp: <c>--disable-get</c>, <c>-QP</c> (no Patient Root), <c>--refuse</c>, …</param>
    public static async Task<DcmQrScp> StartAsync(string aeTitle = "DCMQRSCP", IEnumerable<DicomAddress>? destinations = null, params IEnumerable<string> options)
    {
        var scp = new DcmQrScp(aeTitle, destinations ?? [], options);
        await scp.StartAgainAsync();
        return scp;
    }

    /// <summary>Starts it on the same port and archive. To be called after a kill.</summary>
    public async Task StartAgainAsync()
    {
        var program = new RunningProgram(["dcmqrscp", "-c", _folder.File("dcmqrscp.cfg"), .. _options], _folder.Path, StoreScp.TcpNoDelay);
        _program?.Dispose();
        _program = program;
        await Eventually.TrueAsync(() => program.HasExited || StoreScp.IsListening(Address));
        if (program.HasExited) throw new InvalidOperationException($"dcmqrscp ended at once:\n{program.Output}");
    }

    /// <summary>Fills it, by dcmsend.</summary>
    public async Task StoreAsync(IEnumerable<SampleObject> samples)
    {
        using var files = new TemporaryFolder();
        foreach (var syntax in samples.GroupBy(s => s.TransferSyntax.Uid))
        {
            // All files of a folder, so that there may be many.
            foreach (var sample in syntax) sample.WriteTo(files.File(syntax.Key));
            (await Dcmtk.DcmSendAsync(Address, [files.File(syntax.Key)], "+sd")).EnsureSucceeded();
        }
    }

    /// <summary>SIGKILL, to its children too.</summary>
    public Task KillAsync() => _program!.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _program!.Dispose();
        _folder.Dispose();
    }
}
