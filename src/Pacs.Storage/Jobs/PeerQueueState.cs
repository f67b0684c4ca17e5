namespace Pacs.Storage.Jobs;

/// <summary>How the queue of a peer is.</summary>
public enum PeerQueueState
{
    /// <summary>Jobs run.</summary>
    Open,
    /// <summary>The peer cannot be reached: one job tries from time to time, the others wait.</summary>
    Away,
    /// <summary>Outside the peer's hours of operation.</summary>
    Closed,
    /// <summary>Held by a person until it is released.</summary>
    Held,
}
