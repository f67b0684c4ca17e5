namespace Pacs.Storage.Jobs;

/// <summary>An attempt at a job: one run of it, and how that ended. The last 20 are kept.</summary>
public sealed record JobRunRecord
{
    /// <summary>Counts the runs of the job, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>To whom; jobs with alternates change their peer.</summary>
    public string? Peer { get; init; }

    /// <summary>The worker process that did it.</summary>
    public required string Worker { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null while it is under way, and of one whose worker died.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What the job became by it.</summary>
    public JobState? State { get; init; }

    /// <summary>Why it did not succeed.</summary>
    public string Message { get; init; } = "";

    /// <summary>Objects that it brought to success.</summary>
    public required int Objects { get; init; }
    public required long Bytes { get; init; }
}
