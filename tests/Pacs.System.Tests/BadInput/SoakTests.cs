using Pacs.TestKit.Soak;

namespace Pacs.System.Tests.BadInput;

public sealed class SoakTests
{
    /// <summary>The short form of <c>./pacs soak</c>.</summary>
    [Fact]
    public async Task Run_PoliteAndRudeVisitors_LeaveNothingBehind()
    {
        var report = await SoakRun.RunAsync(400);
        Assert.True(report.Passed, report.ToString());
    }
}
