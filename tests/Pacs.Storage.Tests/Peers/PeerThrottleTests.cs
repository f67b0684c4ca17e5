using System.Diagnostics;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Tests.Peers;

public sealed class PeerThrottleTests
{
    [Fact]
    public void Wrap_NoLimit_IsTheStreamItself()
    {
        using var stream = new MemoryStream();
        Assert.Same(stream, new PeerThrottles(TimeProvider.System).For(PeerOf(0)).Wrap(stream));
    }

    [Fact]
    public async Task Wrap_TwoStreams_ShareTheLimit()
    {
        var throttles = new PeerThrottles(TimeProvider.System);
        var began = Stopwatch.GetTimestamp();
        // 2 × 150 KB at 500 KB a second, less what flows at once.
        var sizes = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Task.Run(async () =>
        {
            using var stream = throttles.For(PeerOf(500)).Wrap(new MemoryStream(new byte[150_000]));
            using var copy = new MemoryStream();
            if (i == 0) stream.CopyTo(copy);
            else await stream.CopyToAsync(copy);
            return copy.Length;
        })));
        Assert.Equal([150_000, 150_000], sizes);
        Assert.True(Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(0.45));
    }

    [Fact]
    public void For_LimitChanged_IsInForceAtOnce()
    {
        var throttles = new PeerThrottles(TimeProvider.System);
        Assert.True(throttles.For(PeerOf(1)).IsLimited);
        Assert.False(throttles.For(PeerOf(0)).IsLimited);
    }

    private static Peer PeerOf(int kilobytes) => new("SLOW", "127.0.0.1", 104) { Outbound = new PeerOutbound { BandwidthKilobytesPerSecond = kilobytes } };
}
