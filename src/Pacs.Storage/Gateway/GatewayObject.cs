namespace Pacs.Storage.Gateway;

/// <summary>An object that is to be at an archive.</summary>
public sealed record GatewayObject
{
    /// <summary>Counts objects in the order in which they were noted.</summary>
    public required long Id { get; init; }

    /// <summary>AE title of the archive.</summary>
    public required string Peer { get; init; }
    public required string StudyInstanceUid { get; init; }
    public required string SeriesInstanceUid { get; init; }
    public required string SopInstanceUid { get; init; }
    public required GatewayObjectState State { get; init; }

    /// <summary>Bytes of its file.</summary>
    public required long Bytes { get; init; }

    /// <summary>Uploads and looks so far.</summary>
    public required int Attempts { get; init; }

    /// <summary>For a person: why it is not there yet. Empty while all is well.</summary>
    public string Message { get; init; } = "";

    public required DateTimeOffset ReceivedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Which data set of the object.</summary>
    internal string BlobKey { get; init; } = "";

    /// <summary>The archive may have another data set under its UID.</summary>
    internal bool Replaces { get; init; }

    /// <summary>The job that has it; null when none has.</summary>
    public long? JobId { get; init; }
}
