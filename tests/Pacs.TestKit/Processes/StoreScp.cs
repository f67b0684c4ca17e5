using System.Net.Sockets;

namespace Pacs.TestKit.Processes;

/// <summary>
/// DCMTK's storescp: a foreign destination. Keeps what it gets as Part 10 files, the data sets' bytes untouched. One
/// association at a time, unless <c>--fork</c> is among its options.
/// <para>
/// Options that make it fail: <c>--refuse</c> (every association), <c>--reject</c> (those without an Implementation Class UID),
/// <c>--abort-during</c> and <c>--abort-after</c> (the receipt of the first C-STORE-RQ), <c>--sleep-during</c> and
/// <c>--sleep-after</c> with seconds, <c>+xi</c> (Implicit VR Little Endian only), <c>--ignore</c> (keeps nothing).
/// </para>
/// </summary>
public sealed class StoreScp : IAsyncDisposable
{
    private readonly IReadOnlyList<string> _options;
    private readonly TemporaryFolder _folder = new();
    private RunningProgram? _program;

    private StoreScp(string aeTitle, IEnumerable<string> options) => (Address, _options) = (new DicomAddress(aeTitle, FreePort.Next()), [.. options]);

    public DicomAddress Address { get; }

    public int ProcessId => _program!.Id;

    /// <summary>What has arrived so far.</summary>
    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(_folder.Path).Order()];

    /// <summary>SOP Instance UIDs of what has arrived so far: files are called <c>CT.1.2.840…</c></summary>
    public IReadOnlyList<string> SopInstanceUids => [.. Files.Select(Path.GetFileName).Select(f => f![(f!.IndexOf('.', StringComparison.Ordinal) + 1)..])];

    /// <summary>Requests that have come since the last start, repeated ones too. Needs <c>-v</c> among the options.</summary>
    public int Requests => _program!.Log.Count(l => l.Contains("Received Store Request", StringComparison.Ordinal));

    /// <param name="aeTitle">What it is called. It answers to any name.</param>
    /// <param name="options">Of storescp; +B and +xa (write as read, accept all) are given.</param>
    public static async Task<StoreScp> StartAsync(string aeTitle = "STORESCP", params IEnumerable<string> options)
    {
        var scp = new StoreScp(aeTitle, options);
        await scp.StartAgainAsync();
        return scp;
    }

    /// <summary>Starts it on the same port and folder. To be called after a kill.</summary>
    public async Task StartAgainAsync()
    {
        var program = new RunningProgram(
            ["storescp", "-aet", Address.AeTitle, "+B", "+xa", .. _options, "-od", _folder.Path, $"{Address.Port}"], _folder.Path, TcpNoDelay);
        _program?.Dispose();
        _program = program;
        await Eventually.TrueAsync(() => program.HasExited || IsListening(Address));
        if (program.HasExited) throw new InvalidOperationException($"storescp ended at once:\n{program.Output}");
    }

    /// <summary>SIGKILL, to its children too.</summary>
    public Task KillAsync() => _program!.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _program!.Dispose();
        _folder.Dispose();
    }

    // Without it DCMTK waits 40 ms for each response it sends.
    internal static readonly Dictionary<string, string> TcpNoDelay = new() { ["TCP_NODELAY"] = "1" };

    /// <summary>Something takes connections there.</summary>
    public static bool IsListening(DicomAddress address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(address.Host, address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
