using System.Diagnostics;
using System.Net.Sockets;

namespace Pacs.TestKit.Processes;

/// <summary>DCMTK's storescp: a foreign destination. Keeps what it gets as Part 10 files, the data sets' bytes untouched.</summary>
public sealed class StoreScp : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryFolder _folder;

    private StoreScp(Process process, DicomAddress address, TemporaryFolder folder) => (_process, Address, _folder) = (process, address, folder);

    public DicomAddress Address { get; }

    public int ProcessId => _process.Id;

    /// <summary>What has arrived so far.</summary>
    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(_folder.Path).Order()];

    /// <param name="aeTitle">What it is called. It answers to any name.</param>
    /// <param name="options">Of storescp; +B and +xa (write as read, accept all) are given.</param>
    public static async Task<StoreScp> StartAsync(string aeTitle = "STORESCP", params IEnumerable<string> options)
    {
        var folder = new TemporaryFolder();
        var address = new DicomAddress(aeTitle, FreePort.Next());
        var process = ExternalProcess.Start(
            "storescp", ["-aet", aeTitle, "+B", "+xa", .. options, "-od", folder.Path, $"{address.Port}"], folder.Path, TcpNoDelay);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var scp = new StoreScp(process, address, folder);
        await Eventually.TrueAsync(() => process.HasExited || IsListening(address));
        return process.HasExited ? throw new InvalidOperationException("storescp ended at once.") : scp;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    // Without it DCMTK waits 40 ms for each response it sends.
    private static readonly Dictionary<string, string> TcpNoDelay = new() { ["TCP_NODELAY"] = "1" };

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
