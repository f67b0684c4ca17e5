using System.Text;
using System.Text.RegularExpressions;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Documentation;

/// <summary>Every command of the README's tours, as it stands there but for ports and places.</summary>
public sealed partial class ReadmeTourTests(OneProcessServer fixture) : IClassFixture<OneProcessServer>
{
    // What fails, fails the tour; what runs in the background ends with it.
    private const string Prelude = "set -eu -o pipefail\ntrap 'kill $(jobs -p)' EXIT\ncurl() { command curl -fsS \"$@\"; echo; }\n";

    private const string UntilDelivered = "until command curl -fsS http://localhost:8080/api/v1/webhooks | grep -q '\"lastStatus\":200'; do sleep 0.2; done\n";

    [Fact]
    public async Task Tour_EveryCommand_Works()
    {
        using var folder = new TemporaryFolder();
        var sample = await AnImageAsync(folder);

        var result = await RunAsync(Tour(), "", folder);

        Assert.Contains($"[{sample.StudyInstanceUid}]", result.AllOutput, StringComparison.Ordinal);
        Assert.Contains($"\"{sample.StudyInstanceUid}\"", result.Output, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(folder.File("fetched"), "*" + sample.SopInstanceUid));
    }

    [Fact]
    public async Task WebTour_EveryCommand_Works()
    {
        using var folder = new TemporaryFolder();
        var sample = await AnImageAsync(folder);

        var result = await RunAsync(WebTour(), UntilDelivered, folder);

        Assert.Equal(2, result.Output.Split("\"00081199\"").Length - 1);
        Assert.Contains($"\"{sample.StudyInstanceUid}\"", result.Output, StringComparison.Ordinal);
        Assert.Contains("<NativeDicomModel", result.Output, StringComparison.Ordinal);
        Assert.Contains(sample.SopInstanceUid, await File.ReadAllTextAsync(folder.File("metadata.json")), StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("unchanged.json")) && new FileInfo(folder.File("unchanged.json")).Length > 0);
        Assert.Equal(sample.ToDatasetBytes(), Part10.DatasetOf(await File.ReadAllBytesAsync(folder.File("copy.dcm"))));
        Assert.Equal("DICM", Encoding.ASCII.GetString(await File.ReadAllBytesAsync(folder.File("preamble.bin")), 128, 4));
        Assert.Equal(64 * 64 * 2, new FileInfo(folder.File("frame.bin")).Length);
        (await ExternalProcess.RunAsync("unzip", ["-tq", folder.File("study.zip")])).EnsureSucceeded();
        // By the feed and by the webhook.
        Assert.True(result.Output.Split("\"Deleted\"").Length - 1 >= 2, result.Output);
    }

    private static async Task<SampleObject> AnImageAsync(TemporaryFolder folder)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await File.WriteAllBytesAsync(folder.File("image.dcm"), sample.ToPart10());
        return sample;
    }

    private async Task<ProcessResult> RunAsync(Regex part, string end, TemporaryFolder folder)
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(RepositoryPaths.Root, "README.md"));
        var tour = (Prelude + part.Match(readme).Groups[1].Value + end)
            .Replace("11112", $"{fixture.Server.Dimse.Port}", StringComparison.Ordinal)
            .Replace("http://localhost:8080", fixture.Server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
            .Replace("11199", $"{FreePort.Next()}", StringComparison.Ordinal)
            .Replace("9000", $"{FreePort.Next()}", StringComparison.Ordinal)
            .Replace("./pacs", $"'{RepositoryPaths.Root}/pacs'", StringComparison.Ordinal);

        var result = await ExternalProcess.RunAsync(
            "bash", ["-c", tour], TimeSpan.FromMinutes(4), folder.Path, new Dictionary<string, string> { ["PACS__DataFolder"] = fixture.Server.DataFolder });

        Assert.True(result.Succeeded, result.AllOutput);
        return result;
    }

    [GeneratedRegex("## Five minutes.*?```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Tour();

    [GeneratedRegex("## Five more, for the web.*?```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex WebTour();
}
