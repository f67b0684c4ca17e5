namespace Pacs.Storage.Jobs;

/// <summary>One object of a job.</summary>
public sealed record JobObject
{
    /// <summary>Place within the job, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Or whatever else the kind of job names its things by.</summary>
    public required string SopInstanceUid { get; init; }
    public required JobState State { get; init; }

    /// <summary>The peer's last answer for it, as a DIMSE status (PS3.7 Annex C) or an HTTP status; null when there was none.</summary>
    public int? Status { get; init; }

    /// <summary>What went wrong the last time. Empty on success.</summary>
    public string Message { get; init; } = "";
    public required int Attempts { get; init; }

    /// <summary>0 when not known.</summary>
    public required long Bytes { get; init; }

    /// <summary>When the last attempt at it began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last attempt at it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
    /// <summary>Who took it, of a job with alternates; null when it is the peer of the job, or nobody yet.</summary>
    public string? Peer { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}
