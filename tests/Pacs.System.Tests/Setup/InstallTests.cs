using System.Text.Json.Nodes;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Setup;

/// <summary>
/// <c>./pacs install</c> and <c>uninstall</c>: what they lay down and leave. systemd itself does not run where tests do; it checks
/// the unit, and the service is run as the unit says.
/// </summary>
public sealed class InstallTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Install_ThenUpgradeThenUninstall_ServesWithoutTheCloneKeepsDataAndSettings()
    {
        using var folder = new TemporaryFolder();
        using var root = new InstalledRoot();
        var clone = await CleanClone.MakeAsync(folder.File("clone"));
        await CleanClone.CopyBuildAsync(clone);
        var installed = (await PacsAsync(clone, "install", root)).EnsureSucceeded();
        Assert.Contains("installed:", installed.AllOutput, StringComparison.Ordinal);
        Assert.Contains(root.Path("var/lib/pacs"), installed.AllOutput, StringComparison.Ordinal);
        await CheckUnitAsync(root);

        // What a site sets stays over upgrades, and the clone may go.
        var (dimse, http) = (new DicomAddress("SITE", FreePort.Next()), FreePort.Next());
        var settings = JsonNode.Parse(await File.ReadAllTextAsync(root.Path("etc/pacs/appsettings.json")))!;
        settings["Pacs"]!["Dimse"] = new JsonObject { ["AeTitle"] = dimse.AeTitle, ["Port"] = dimse.Port, ["CheckCalledAeTitle"] = true };
        settings["Pacs"]!["Http"]!["Urls"] = $"http://127.0.0.1:{http}";
        await File.WriteAllTextAsync(root.Path("etc/pacs/appsettings.json"), settings.ToJsonString());
        Directory.Move(clone, folder.File("elsewhere"));
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await ServeAsync(root, async () => Assert.True((await new TestScu(dimse).StoreAsync(sample))!.Status.IsSuccess));

        Directory.Move(folder.File("elsewhere"), clone);
        await File.WriteAllTextAsync(root.Path("opt/pacs/of-the-former-version.dll"), "");
        Assert.Contains("upgraded:", (await PacsAsync(clone, "install", root)).EnsureSucceeded().AllOutput, StringComparison.Ordinal);
        Assert.False(File.Exists(root.Path("opt/pacs/of-the-former-version.dll")));
        await ServeAsync(root, async () =>
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
            Assert.Equal(sample.ToDatasetBytes(), Part10.DatasetOf(Assert.Single(await new DicomWebClient(client).WadoAsync($"studies/{sample.StudyInstanceUid}"))));
            await CommandAsync(root);
        });

        var gone = (await PacsAsync(clone, "uninstall", root)).EnsureSucceeded().AllOutput;
        Assert.Contains($"data in {root.Path("var/lib/pacs")}", gone, StringComparison.Ordinal);
        Assert.False(Directory.Exists(root.Path("opt/pacs")) || File.Exists(root.Path("etc/systemd/system/pacs.service")) || File.Exists(root.Path("usr/local/bin/pacs")));
        Assert.True(File.Exists(root.Path("etc/pacs/appsettings.json")) && Directory.Exists(root.Path("var/lib/pacs")));
    }

    [Theory]
    [InlineData("install")]
    [InlineData("uninstall")]
    public async Task Command_WithoutRights_SaysWhatToDo(string command)
    {
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        Directory.CreateDirectory(folder.File("service"));
        foreach (var file in new[] { "pacs", "service/service.sh" }) File.Copy(Path.Combine(RepositoryPaths.Root, file), folder.File(file));
        string[] account = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"] : ["env"];
        var refused = await ExternalProcess.RunAsync(account[0], [.. account[1..], folder.File("pacs"), command]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"needs root: sudo {folder.File("pacs")} {command}", refused.AllOutput, StringComparison.Ordinal);
    }

    /// <summary>Well-formed, its program there, and as closed as a service can be that compiles, listens and runs a database.</summary>
    private static async Task CheckUnitAsync(InstalledRoot root)
    {
        var unit = root.Path("etc/systemd/system/pacs.service");
        var verified = (await ExternalProcess.RunAsync("systemd-analyze", ["verify", unit])).EnsureSucceeded();
        Assert.DoesNotContain("pacs.service", verified.AllOutput, StringComparison.Ordinal);
        (await ExternalProcess.RunAsync("systemd-analyze", ["security", "--offline=true", "--threshold=20", unit])).EnsureSucceeded();
    }

    private async Task ServeAsync(InstalledRoot root, Func<Task> use)
    {
        if (await InstalledRoot.WhyNotAsync() is { } reason)
        {
            output.WriteLine($"What was installed is not run here: {reason}");
            return;
        }
        using var notices = root.ListenForNotices();
        using var service = root.StartService(new Dictionary<string, string> { ["NOTIFY_SOCKET"] = "/run/notify", ["WATCHDOG_USEC"] = "3000000" });
        await InstalledRoot.AwaitAsync(notices, service, "READY=1");
        await use();
        await InstalledRoot.AwaitAsync(notices, service, "WATCHDOG=1");

        var ended = service.TerminateAsync();
        await InstalledRoot.AwaitAsync(notices, service, "STOPPING=1");
        Assert.Equal(0, await ended);
        Assert.Empty(Directory.EnumerateFiles(root.Path("var/lib/pacs"), "postmaster.pid", SearchOption.AllDirectories));
        // Levels that the journal understands.
        Assert.Contains(service.Log, line => line.StartsWith("<6>", StringComparison.Ordinal));
    }

    private static async Task CommandAsync(InstalledRoot root)
    {
        using var command = root.Run("/opt/pacs/pacs", "key", "list");
        await command.WaitForExitAsync();
        Assert.True(command.ExitCode == 0, command.Output);
    }

    private static Task<ProcessResult> PacsAsync(string clone, string command, InstalledRoot root) =>
        ExternalProcess.RunAsync(Path.Combine(clone, "pacs"), [command, "--root", root.Path("")], TimeSpan.FromMinutes(15));
}
