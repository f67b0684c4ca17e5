namespace Pacs.Storage.Gateway;

/// <summary>How a gateway fares.</summary>
public sealed record GatewayStatus
{
    /// <summary>AE title of the archive.</summary>
    public required string Peer { get; init; }

    /// <summary>What arrives is uploaded.</summary>
    public required bool Stores { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Objects that are not safe there yet, errors apart.</summary>
    public required long QueuedObjects { get; init; }

    /// <summary>Their bytes.</summary>
    public required long QueuedBytes { get; init; }

    /// <summary>When the oldest of them arrived.</summary>
    public DateTimeOffset? OldestQueuedAt { get; init; }

    /// <summary>Objects that stay here until somebody tries again.</summary>
    public required long Errors { get; init; }

    /// <summary>Bytes a second that were uploaded in the last minutes.</summary>
    public required double BytesPerSecond { get; init; }

    /// <summary>Objects a second.</summary>
    public required double ObjectsPerSecond { get; init; }

    public DateTimeOffset? LastSuccessAt { get; init; }
    public DateTimeOffset? LastFailureAt { get; init; }

    /// <summary>What failed then, for a person.</summary>
    public string LastFailure { get; init; } = "";

    /// <summary>Files removed here so far because their objects are there.</summary>
    public required long RemovedObjects { get; init; }

    /// <summary>Their bytes.</summary>
    public required long RemovedBytes { get; init; }
}
