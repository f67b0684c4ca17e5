using System.Text.Json;
using System.Text.Json.Serialization;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Jobs;

/// <summary>A job as it is now.</summary>
public sealed record Job
{
    public required long Id { get; init; }
    public required string Kind { get; init; }
    public required JobState State { get; init; }
    public JobPriority Priority { get; init; }

    /// <summary>To whom it goes; one of the alternates since the peer asked for was away.</summary>
    public string? Peer { get; init; }

    /// <summary>Peers that it goes to in turn when the peer is away.</summary>
    public IReadOnlyList<string> Alternates { get; init; } = [];
    public string? StudyInstanceUid { get; init; }
    public string? SeriesInstanceUid { get; init; }
    public string? SopInstanceUid { get; init; }

    /// <summary>What the kind of job was given.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Who asked for it: "rest", "rule 3".</summary>
    public string Cause { get; init; } = "";

    /// <summary>For a person: why it waits or failed, and what to do. Empty while all is well. No patient data.</summary>
    public string Message { get; init; } = "";

    /// <summary>Objects the job is about.</summary>
    public required int ObjectsTotal { get; init; }

    /// <summary>Objects that succeeded, those with a warning included.</summary>
    public required int ObjectsDone { get; init; }

    /// <summary>Objects that succeeded with a warning of the peer (Bxxx).</summary>
    public int ObjectsWarned { get; init; }

    /// <summary>Objects that failed for good.</summary>
    public required int ObjectsFailed { get; init; }
    public long BytesTotal { get; init; }
    public long BytesDone { get; init; }

    /// <summary>Since the run began; null when it is not running.</summary>
    public double? ObjectsPerSecond { get; init; }

    /// <summary>Since the run began; null when it is not running.</summary>
    public double? BytesPerSecond { get; init; }

    /// <summary>Until it is done at this rate; null when that cannot be told.</summary>
    public double? RemainingSeconds { get; init; }

    /// <summary>Runs so far that ended in a failure that may pass.</summary>
    public required int Attempts { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When a waiting job runs again; null when a person has to release its peer.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>What the job was asked to be about. Its objects were fixed then.</summary>
    [JsonIgnore]
    public InstanceSelector Selector => InstanceSelector.Of(StudyInstanceUid, SeriesInstanceUid, SopInstanceUid);
}
