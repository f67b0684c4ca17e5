using System.Net;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Cli;

/// <summary>The commands as processes of their own, beside a server that runs.</summary>
public sealed class CommandTests : ApiServer
{
    [Fact]
    public async Task Import_FolderTree_TakesInWhatIsDicom()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Postgres.DataFolder, "to-import"));
        var options = SampleOptions.Fresh();
        for (var i = 1; i <= 5; i++) SampleObjects.Ct(options with { InstanceNumber = i }).WriteTo(Path.Combine(folder.FullName, $"{i}", "deep"));
        File.WriteAllText(Path.Combine(folder.FullName, "readme.txt"), "no DICOM");
        File.WriteAllText(Path.Combine(folder.FullName, "DICOMDIR"), "not looked at");
        File.WriteAllBytes(Path.Combine(folder.FullName, "broken"), SampleObjects.Ct(options with { InstanceNumber = 9 }).ToPart10()[..^1]);

        var result = await RunAsync("import", folder.FullName);
        Assert.Contains("7 files: 5 stored, 0 were here already, 1 are not DICOM, 1 failed", result.Error, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(folder.FullName, "broken"), result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
        var again = await RunAsync("import", Path.Combine(folder.FullName, "DICOMDIR"));
        Assert.Contains("0 stored, 5 were here already", again.Error, StringComparison.Ordinal);
        Assert.Equal(5, (await GetJsonAsync("/api/v1/statistics")).GetProperty("instances").GetInt32());
        Assert.Equal(1, (await RunAsync("import", "/no/such/folder")).ExitCode);
    }

    [Fact]
    public async Task Import_FolderThatHoldsTheArchive_LeavesItsOwnFoldersOut()
    {
        var options = SampleOptions.Fresh();
        await StoreAsync([SampleObjects.Ct(options)]);
        await StoreAsync([SampleObjects.Ct(options with { Customize = d => d.Set(Tags.ImageComments, "second version") })]);
        var present = Postgres.Query("SELECT blob_key FROM instances");
        var folder = Directory.CreateDirectory(Path.Combine(Postgres.DataFolder, "brought")).FullName;
        SampleObjects.Ct(options with { InstanceNumber = 2 }).WriteTo(folder);
        Directory.CreateSymbolicLink(Path.Combine(folder, "around"), "..");
        var blobs = Path.Combine(Postgres.DataFolder, "blobs");

        var result = await RunAsync("import", Postgres.DataFolder);
        Assert.Contains($"{blobs}: passed over", result.Error, StringComparison.Ordinal);
        Assert.Contains(" 1 stored, 0 were here already", result.Error, StringComparison.Ordinal);
        Assert.Equal(present, Postgres.Query("SELECT blob_key FROM instances WHERE instance_number = 1"));
        var within = await RunAsync("import", blobs);
        Assert.Equal(1, within.ExitCode);
        Assert.Contains("archive's own", within.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WorklistImport_FolderOfFiles_TakesThemInAndAgainChangesThem()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Postgres.DataFolder, "worklist"));
        File.WriteAllBytes(Path.Combine(folder.FullName, "one.wl"), DatasetWriter.ToArray(WorklistSamples.Full("1"), TransferSyntaxRegistry.ExplicitVrLittleEndian));
        var json = new System.Buffers.ArrayBufferWriter<byte>();
        Pacs.Dicom.Json.DicomJson.Write(json, WorklistSamples.Minimal("2"));
        File.WriteAllBytes(Path.Combine(folder.FullName, "two.json"), json.WrittenSpan);
        File.WriteAllText(Path.Combine(folder.FullName, "lockfile"), "as wlmscpfs wants it");
        var result = (await RunAsync("worklist", "import", folder.FullName)).EnsureSucceeded();
        Assert.Contains("2 items added, 0 changed, 0 files failed", result.Error, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder.FullName, "three.wl"), "no data set at all");
        var again = await RunAsync("worklist", "import", folder.FullName);
        Assert.Contains("0 items added, 2 changed, 1 files failed", again.Error, StringComparison.Ordinal);
        Assert.Contains("three.wl", again.Error, StringComparison.Ordinal);
        Assert.Equal(1, again.ExitCode);
        Assert.Equal(2, (await GetJsonAsync("/api/v1/worklist")).GetArrayLength());
        Assert.Equal(1, (await RunAsync("worklist", "import", "/no/such/file")).ExitCode);
    }

    [Fact]
    public async Task Key_AddListRemove_ClosesTheRunningServerForGood()
    {
        var secret = (await RunAsync("key", "add", "viewer", "--scope", "read")).EnsureSucceeded().Output.Trim();
        await AssertProblemAsync(401, await GetAsync("/dicomweb/studies"));
        using (var withKey = await GetAsync("/dicomweb/studies", null, ("Authorization", $"Bearer {secret}"))) Assert.Equal(HttpStatusCode.OK, withKey.StatusCode);

        var list = (await RunAsync("key", "list")).EnsureSucceeded().Output;
        Assert.Contains("viewer", list, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, list, StringComparison.Ordinal);
        (await RunAsync("key", "remove", list[..8])).EnsureSucceeded();
        await AssertProblemAsync(401, await GetAsync("/dicomweb/studies", null, ("Authorization", $"Bearer {secret}")));
        Assert.Contains("another", (await RunAsync("key", "list")).EnsureSucceeded().Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("key", "remove", "00000000")).ExitCode);
    }

    [Fact]
    public async Task Reindex_AfterTheIndexIsLost_FindsAllAgain()
    {
        var options = SampleOptions.Fresh();
        var objects = Enumerable.Range(1, 3).Select(i => SampleObjects.Ct(options with { InstanceNumber = i })).ToList();
        await StoreAsync(objects);
        Postgres.Query("TRUNCATE patients, studies, series, instances");
        var result = (await RunAsync("reindex")).EnsureSucceeded();
        Assert.Contains("3 objects indexed, 0 files failed", result.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await GetJsonAsync($"/dicomweb/studies/{objects[0].StudyInstanceUid}/instances")).GetArrayLength());
        Assert.Equal(3, (await GetJsonAsync("/api/v1/statistics")).GetProperty("instances").GetInt32());
    }

    [Theory]
    [InlineData("PACS__Dimse__Port", "70000", "Pacs:Dimse:Port")]
    [InlineData("PACS__Dimse__Prot", "104", "Prot")]
    [InlineData("PACS__Roles", "Dims", "Roles")]
    [InlineData("PACS__Database__ConnectionString", "Host=127.0.0.1;Port=1;Username=x", "does not answer")]
    public async Task Start_BadSetting_NamesItAndEnds(string name, string value, string expected)
    {
        var result = await RunAsync(["serve"], (name, value), ("PACS__Database__StartupTimeoutSeconds", "1"), ("PACS__Http__Urls", "http://127.0.0.1:0"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_ListsTheCommands() => Assert.Contains("reindex", (await RunAsync("--help")).EnsureSucceeded().Output, StringComparison.Ordinal);

    private Task<ProcessResult> RunAsync(params string[] arguments) => RunAsync(arguments, []);

    private Task<ProcessResult> RunAsync(string[] arguments, params (string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string>
        {
            ["PACS__Database__ConnectionString"] = Postgres.ConnectionString,
            ["PACS__DataFolder"] = Postgres.DataFolder,
            ["PACS__Storage__ReserveBytes"] = "0",
        };
        foreach (var (name, value) in settings) environment[name] = value;
        return ExternalProcess.RunAsync("dotnet", [RepositoryPaths.HostAssembly("Pacs.Api"), .. arguments], environment: environment);
    }
}
