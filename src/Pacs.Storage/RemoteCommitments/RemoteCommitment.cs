namespace Pacs.Storage.RemoteCommitments;

/// <summary>An object that a peer has taken responsibility for.</summary>
public sealed record RemoteCommitment
{
    /// <summary>Which peer.</summary>
    public required string Peer { get; init; }
    public required string SopInstanceUid { get; init; }

    /// <summary>Since when, as far as is known here: when its report came.</summary>
    public required DateTimeOffset CommittedAt { get; init; }

    /// <summary>Of the request that it last answered so.</summary>
    public required string TransactionUid { get; init; }

    /// <summary>The object is here as it was when the peer was asked. False when it was replaced since, and what the peer holds may be the former one; or when it is no longer here.</summary>
    public required bool IsCurrent { get; init; }
}
