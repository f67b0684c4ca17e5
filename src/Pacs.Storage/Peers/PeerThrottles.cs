using System.Collections.Concurrent;

namespace Pacs.Storage.Peers;

/// <summary>The bandwidth of each peer in this process: whatever sends to it shares one allowance.</summary>
public sealed class PeerThrottles(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, PeerThrottle> _throttles = [];

    /// <summary>The peer's, with the limit that it has now.</summary>
    public PeerThrottle For(Peer peer)
    {
        var throttle = _throttles.GetOrAdd(peer.AeTitle, _ => new PeerThrottle(time));
        throttle.SetLimit(peer.Outbound.BandwidthKilobytesPerSecond * 1000L);
        return throttle;
    }
}
