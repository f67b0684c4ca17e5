using Pacs.Api.Cli;
using Pacs.Api.Hosting;
using Pacs.TestKit;

namespace Pacs.Api.Tests.Cli;

/// <summary>A start that fails says in words what to do.</summary>
public sealed class FailingStartTests
{
    [Fact]
    public async Task Start_DataFolderCannotBeMade_NamesIt()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("data"), "a file");
        var explanation = await ExplainAsync($"--Pacs:DataFolder={folder.File("data")}");
        Assert.Contains(folder.File("data"), explanation, StringComparison.Ordinal);
        Assert.Contains("Pacs:DataFolder", explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://*:99999")]
    [InlineData("http://localhost:nope")]
    [InlineData("ftp://localhost")]
    [InlineData("8080")]
    public async Task Start_AddressThatIsNone_NamesTheSettingBesideTheOtherFaults(string url)
    {
        var explanation = await ExplainAsync($"--Pacs:Http:Urls={url}", "--Pacs:Dimse:Port=70000");
        Assert.Contains("Pacs:Http:Urls", explanation, StringComparison.Ordinal);
        Assert.Contains("Pacs:Dimse:Port", explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ManyFaults_NamesAllOfThemAtOnce()
    {
        var explanation = await ExplainAsync(
            "--Pacs:Dimse:Prot=104", "--Pacs:Dimse:Port=many", "--Pacs:Storage:Duplicates=Ask", "--Pacs:Dimse:CheckCalledAeTitle=2", "--Pacs:Jobs:Concurrency=0", "--Pacs:Http:TrustedProxies=10.0.0.0/8;proxy", "--Pacs:Http:CorsOrigins=https://viewer.example.org;https://viewer.example.org/", "--Pacs:Nonsense:Deep=1");
        foreach (var setting in new[] { "Dimse:Prot", "Dimse:Port", "Storage:Duplicates", "Dimse:CheckCalledAeTitle", "Jobs:Concurrency", "Http:TrustedProxies", "Http:CorsOrigins", "Nonsense" })
            Assert.Contains($"Pacs:{setting}: ", explanation, StringComparison.Ordinal);
    }

    private static async Task<string> ExplainAsync(params string[] settings)
    {
        var fault = await Record.ExceptionAsync(async () =>
        {
            using var host = PacsHost.Build(settings);
            await host.StartAsync();
        });
        Assert.NotNull(fault);
        return ServeCommand.Explain(fault) ?? throw new InvalidOperationException("Not explained.", fault);
    }
}
