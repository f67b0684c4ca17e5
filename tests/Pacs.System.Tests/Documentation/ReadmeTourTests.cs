using System.Text.RegularExpressions;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Documentation;

/// <summary>Every command of the README's tour, as it stands there but for ports and places.</summary>
public sealed partial class ReadmeTourTests(OneProcessServer fixture) : IClassFixture<OneProcessServer>
{
    // What fails, fails the tour; what runs in the background ends with it.
    private const string Prelude = "set -eu -o pipefail\ntrap 'kill $(jobs -p)' EXIT\ncurl() { command curl -fsS \"$@\"; echo; }\n";

    [Fact]
    public async Task Tour_EveryCommand_Works()
    {
        using var folder = new TemporaryFolder();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await File.WriteAllBytesAsync(folder.File("image.dcm"), sample.ToPart10());
        var readme = await File.ReadAllTextAsync(Path.Combine(RepositoryPaths.Root, "README.md"));
        var tour = Prelude + Tour().Match(readme).Groups[1].Value
            .Replace("11112", $"{fixture.Server.Dimse.Port}", StringComparison.Ordinal)
            .Replace("http://localhost:8080", fixture.Server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
            .Replace("11199", $"{FreePort.Next()}", StringComparison.Ordinal)
            .Replace("./pacs", $"'{RepositoryPaths.Root}/pacs'", StringComparison.Ordinal);

        var result = await ExternalProcess.RunAsync(
            "bash", ["-c", tour], TimeSpan.FromMinutes(4), folder.Path, new Dictionary<string, string> { ["PACS__DataFolder"] = fixture.Server.DataFolder });

        Assert.True(result.Succeeded, result.AllOutput);
        Assert.Contains($"[{sample.StudyInstanceUid}]", result.AllOutput, StringComparison.Ordinal);
        Assert.Contains($"\"{sample.StudyInstanceUid}\"", result.Output, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(folder.File("fetched"), "*" + sample.SopInstanceUid));
    }

    [GeneratedRegex("## Five minutes.*?```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Tour();
}
