using System.Net.Sockets;
using System.Text;
using Pacs.TestKit;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Setup;

/// <summary>
/// A root of its own with accounts and this machine's programs, to install into and to run what was installed: as the unit says
/// it, by its user, with the rights that it names, with nothing writable but its data folder, <c>/tmp</c> and <c>/dev/shm</c>.
/// </summary>
internal sealed class InstalledRoot : IDisposable
{
    private const string Enter = """
        set -e
        root=$1; shift
        mount --bind "$root" "$root"; cd "$root"
        mount --bind var/lib/pacs var/lib/pacs
        mount --rbind /usr usr; mount --rbind /proc proc; mount --rbind /dev dev; mount -t tmpfs tmpfs tmp
        mount -o remount,bind,ro .
        chmod 1777 tmp
        exec chroot . "$@"
        """;

    private const string SearchPath = "PATH=/usr/bin:/usr/sbin";

    private readonly TemporaryFolder _folder = new();

    public InstalledRoot()
    {
        foreach (var name in new[] { "etc", "usr", "proc", "dev", "tmp", "run", "var/lib" }) Directory.CreateDirectory(Path(name));
        foreach (var name in new[] { "bin", "lib", "lib64", "sbin" })
            if (new DirectoryInfo("/" + name).LinkTarget is { } link) File.CreateSymbolicLink(Path(name), link);
        foreach (var name in new[] { "passwd", "group", "nsswitch.conf", "ld.so.cache" }) File.Copy("/etc/" + name, Path("etc/" + name));
        foreach (var folder in Directory.EnumerateDirectories(Path("."), "*", SearchOption.AllDirectories).Append(Path(".")))
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    /// <summary>Of this machine, of something in the root.</summary>
    public string Path(string name) => _folder.File(name);

    /// <summary>The lines of the installed unit of one name.</summary>
    public IReadOnlyList<string> Unit(string name) =>
        [.. File.ReadLines(Path("etc/systemd/system/pacs.service")).Where(l => l.StartsWith(name + '=', StringComparison.Ordinal)).Select(l => l[(name.Length + 1)..])];

    /// <summary>Null, and said so, where this account may not mount anything.</summary>
    public static async Task<string?> WhyNotAsync()
    {
        if (!Environment.IsPrivilegedProcess) return "only root may change its root";
        var tried = await ExternalProcess.RunAsync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]);
        return tried.Succeeded ? null : tried.AllOutput;
    }

    /// <summary>Starts the service as systemd would.</summary>
    public RunningProgram StartService(IReadOnlyDictionary<string, string> environment)
    {
        var user = Unit("User")[0];
        // As setpriv spells them: CAP_NET_BIND_SERVICE is +net_bind_service.
        string Only(string setting) => string.Concat(Unit(setting).SelectMany(line => line.Split(' ')).Select(right => $",+{right.Replace("CAP_", "", StringComparison.Ordinal).ToLowerInvariant()}").Prepend("-all"));
        return Run(
            [$"--reuid={user}", $"--regid={user}", "--clear-groups", "--no-new-privs", $"--bounding-set={Only("CapabilityBoundingSet")}", $"--inh-caps={Only("AmbientCapabilities")}", $"--ambient-caps={Only("AmbientCapabilities")}"],
            [$"--chdir={Unit("WorkingDirectory")[0]}", SearchPath, .. environment.Select(e => $"{e.Key}={e.Value}"), .. Unit("Environment").SelectMany(e => e.Split(' ')), .. Unit("ExecStart")[0].Split(' ')]);
    }

    /// <summary>A command in the root, as root gives it.</summary>
    public RunningProgram Run(params IReadOnlyList<string> command) => Run(["--no-new-privs"], [SearchPath, .. command]);

    private RunningProgram Run(IReadOnlyList<string> rights, IReadOnlyList<string> command) => new(
        ["unshare", "--mount", "bash", "-c", Enter, "bash", _folder.Path, "setpriv", .. rights, "--", "env", "-i", .. command],
        "/", new Dictionary<string, string>());

    /// <summary>Where the service tells how it fares: <c>/run/notify</c> for it.</summary>
    public Socket ListenForNotices()
    {
        File.Delete(Path("run/notify"));
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        socket.Bind(new UnixDomainSocketEndPoint(Path("run/notify")));
        File.SetUnixFileMode(Path("run/notify"), (UnixFileMode)Convert.ToInt32("777", 8));
        return socket;
    }

    /// <summary>Waits for one notice of the service; others are passed over.</summary>
    /// <exception cref="TimeoutException">It does not come; what the service has said is in the message.</exception>
    public static async Task AwaitAsync(Socket notices, RunningProgram service, string wanted)
    {
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        try
        {
            while (Encoding.ASCII.GetString(buffer, 0, await notices.ReceiveAsync(buffer, limit.Token)) != wanted)
            {
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{wanted} does not come:\n{service.Output}");
        }
    }

    /// <summary>A test that failed may have left the database running.</summary>
    public void Dispose()
    {
        foreach (var record in Directory.EnumerateFiles(Path("var/lib"), "postmaster.pid", SearchOption.AllDirectories))
            ExternalProcess.RunAsync("kill", ["-QUIT", File.ReadLines(record).First()]).GetAwaiter().GetResult();
        _folder.Dispose();
    }
}
