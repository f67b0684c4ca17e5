using System.Globalization;
using Pacs.TestKit.Processes;

namespace Pacs.TestKit.Soak;

/// <summary>What a server holds at one moment, read from /proc and its data folder.</summary>
/// <param name="Connections">TCP connections on its ports that it has not closed.</param>
/// <param name="Threads">Of the server's process.</param>
/// <param name="Handles">Open files, sockets and the like of the server's process.</param>
/// <param name="TemporaryFiles">Objects on their way in.</param>
/// <param name="Sessions">Of the database.</param>
/// <param name="BusySessions">Of these, in a statement or a transaction.</param>
/// <param name="MemoryBytes">Resident size of the server's process.</param>
internal sealed record SoakSnapshot(int Connections, int Threads, int Handles, int TemporaryFiles, int Sessions, int BusySessions, long MemoryBytes)
{
    private const string Listening = "0A";

    public static SoakSnapshot Of(PacsServer server, IReadOnlyCollection<int> ports)
    {
        var host = server.ProcessIds[0];
        var sessions = server.ProcessIds.Skip(1).SelectMany(ProcessTree.WithDescendants).Select(TitleOf).Where(t => t.Contains("[local]", StringComparison.Ordinal)).ToList();
        var incoming = Path.Combine(server.DataFolder, "incoming");
        return new SoakSnapshot(
            ConnectionsOf(host, ports),
            Status(host, "Threads"),
            Directory.GetFileSystemEntries($"/proc/{host}/fd").Length,
            Directory.Exists(incoming) ? Directory.EnumerateFiles(incoming, "*.part", SearchOption.AllDirectories).Count() : 0,
            sessions.Count,
            sessions.Count(s => !s.TrimEnd().EndsWith(" idle", StringComparison.Ordinal)),
            Status(host, "VmRSS") * 1024L);
    }

    // proc(5), net/tcp: the second field is the local address (hex:port), the fourth the state, the tenth the inode: 0 when no process holds it.
    private static int ConnectionsOf(int host, IReadOnlyCollection<int> ports) =>
        new[] { "tcp", "tcp6" }.SelectMany(f => File.ReadLines($"/proc/{host}/net/{f}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(f => f[3] != Listening && f[9] != "0" && ports.Contains(int.Parse(f[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));

    private static int Status(int host, string name) => int.Parse(
        File.ReadLines($"/proc/{host}/status").First(l => l.StartsWith(name + ":", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static string TitleOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
