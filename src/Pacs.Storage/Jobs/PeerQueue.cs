namespace Pacs.Storage.Jobs;

/// <summary>The jobs that have to do with one peer, and whether they may run.</summary>
public sealed record PeerQueue
{
    public required string Peer { get; init; }
    public required PeerQueueState State { get; init; }

    /// <summary>Since when it does not go on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When one job tries again, or the hours of operation begin.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Tries in a row that found the peer away.</summary>
    public int Attempts { get; init; }

    /// <summary>For a person: what is wrong. Empty while it is open.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Jobs that are queued or wait.</summary>
    public required int Waiting { get; init; }

    /// <summary>Jobs that run.</summary>
    public required int Running { get; init; }
}
