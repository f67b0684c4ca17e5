using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Jobs;

/// <summary>A job as it is now.</summary>
public sealed record Job
{
    public required long Id { get; init; }
    public required string Kind { get; init; }
    public required JobState State { get; init; }
    public string? Peer { get; init; }
    public string? StudyInstanceUid { get; init; }
    public string? SeriesInstanceUid { get; init; }
    public string? SopInstanceUid { get; init; }

    /// <summary>For a person: why it waits or failed, and what to do. Empty while all is well. No patient data.</summary>
    public string Message { get; init; } = "";

    /// <summary>Objects the job is about, fixed when it was created.</summary>
    public required int ObjectsTotal { get; init; }
    public required int ObjectsDone { get; init; }

    /// <summary>Objects that failed for good.</summary>
    public required int ObjectsFailed { get; init; }

    /// <summary>Runs so far that ended in a failure that may pass.</summary>
    public required int Attempts { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When a waiting job runs again.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>What the job was asked to be about. Its objects were fixed then.</summary>
    public InstanceSelector Selector => InstanceSelector.Of(StudyInstanceUid, SeriesInstanceUid, SopInstanceUid);
}
