using Pacs.TestKit;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Setup;

/// <summary>
/// <c>./pacs up</c> from clean clones in the places where such things go wrong: a folder that only its owner may enter, a path
/// too long for a socket, a name with spaces, an account without rights.
/// </summary>
public sealed class PacsScriptTests
{
    private static readonly string LongPath = string.Join('/', Enumerable.Repeat("a-folder-with-a-rather-long-name", 6));

    [Fact]
    public async Task Up_CloneInAPrivateFolderWithAVeryLongPath_ServesKeepsItsDataAndStopsCleanly()
    {
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var clone = await CleanClone.MakeAsync(folder.File(LongPath + "/the clone"));

        Assert.Contains("building", await UpAsync(clone, [], async server => (await Dcmtk.EchoScuAsync(server)).EnsureSucceeded()), StringComparison.Ordinal);
        Assert.DoesNotContain("building", await UpAsync(clone, [], _ => Task.CompletedTask), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_AsAnOrdinaryUser_Serves()
    {
        using var folder = new TemporaryFolder();
        var clone = await CleanClone.MakeAsync(folder.File("clone"));
        await CleanClone.CopyBuildAsync(clone);
        string[] account = [];
        if (Environment.IsPrivilegedProcess)
        {
            account = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"];
            (await ExternalProcess.RunAsync("chown", ["-R", "nobody:nogroup", folder.Path])).EnsureSucceeded();
        }
        await UpAsync(clone, account, async server => (await Dcmtk.EchoScuAsync(server)).EnsureSucceeded());
    }

    [Fact]
    public async Task Help_FromAnywhere_ListsTheCommands()
    {
        var help = await ExternalProcess.RunAsync(Path.Combine(RepositoryPaths.Root, "pacs"), ["help"], workingDirectory: "/");
        foreach (var command in new[] { "up", "build", "install", "uninstall", "test", "import", "reindex", "key", "fuzz", "bench", "soak" }) Assert.Contains($"\n  {command} ", help.EnsureSucceeded().Output, StringComparison.Ordinal);
    }

    /// <returns>What it has said.</returns>
    private static async Task<string> UpAsync(string clone, string[] account, Func<DicomAddress, Task> use)
    {
        var (dimse, http) = (new DicomAddress("PACS", FreePort.Next()), FreePort.Next());
        var home = Directory.CreateDirectory(Path.Combine(clone, "..", "home")).FullName;
        var environment = new Dictionary<string, string> { ["PACS__Dimse__Port"] = $"{dimse.Port}", ["PACS__Http__Urls"] = $"http://localhost:{http}" };
        if (account.Length > 0)
        {
            (await ExternalProcess.RunAsync("chown", ["nobody:nogroup", home])).EnsureSucceeded();
            environment["HOME"] = home;
        }
        string[] command = [.. account, Path.Combine(clone, "pacs"), "up"];
        using var server = new RunningProgram(command, workingDirectory: "/", environment);
        using var client = new HttpClient();
        await Eventually.TrueAsync(() => server.HasExited ? throw new InvalidOperationException(server.Output) : IsReadyAsync(client, http), timeoutSeconds: 900);
        await use(dimse);

        Assert.Equal(0, await server.TerminateAsync());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(clone, "data"), "postmaster.pid", SearchOption.AllDirectories));
        return server.Output;
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, int port)
    {
        try
        {
            using var response = await client.GetAsync($"http://localhost:{port}/health/ready");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
