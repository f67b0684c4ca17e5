using Pacs.Storage.Hosting;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Tests.Engine;

public sealed class BackoffTests
{
    private static readonly JobOptions Options = new() { RetryDelaySeconds = 10, MaxRetryDelaySeconds = 3600 };

    [Theory]
    [InlineData(1, 1.0, 10)]
    [InlineData(1, 0.0, 5)]
    [InlineData(2, 1.0, 20)]
    [InlineData(5, 1.0, 160)]
    [InlineData(20, 1.0, 3600)]
    [InlineData(2000, 1.0, 3600)]
    public void Delay_Attempts_DoublesUpToTheLimit(int attempts, double jitter, double seconds) =>
        Assert.Equal(seconds, Backoff.Delay(attempts, Options, jitter).TotalSeconds);
}
