namespace Pacs.Storage.Jobs;

/// <summary>The state of a job, and of each of its objects. The numbers are what the database keeps.</summary>
public enum JobState
{
    /// <summary>Will run as soon as a worker is free.</summary>
    Queued = 0,
    /// <summary>A worker is at it.</summary>
    Running = 1,
    /// <summary>Goes on at <see cref="Job.NextAttemptAt"/>: it failed for a reason that may pass, or its peer is away or closed.</summary>
    Waiting = 2,
    /// <summary>Every object succeeded.</summary>
    Done = 3,
    /// <summary>Ended with at least one object that failed for good. <see cref="JobService.RetryAsync"/> tries those again.</summary>
    Failed = 4,
    /// <summary>Stopped by a person; what was done stays done.</summary>
    Cancelled = 5,
    /// <summary>Every object succeeded, and of at least one the peer says that something was odd (Bxxx).</summary>
    Warning = 6,
    /// <summary>Held by a person until it is resumed.</summary>
    Paused = 7,
}
