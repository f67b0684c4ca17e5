namespace Pacs.Storage.Hosting;

/// <summary>Outbound work.</summary>
public sealed record JobOptions
{
    /// <summary>Jobs that this process runs at a time, over all peers. Default 16.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>Attempts at a job before it is given up. Default 10.</summary>
    [AtOnce]
    public int MaxAttempts { get; init; } = 10;

    /// <summary>Seconds before the second attempt; doubles with each further one. Default 10.</summary>
    [AtOnce]
    public int RetryDelaySeconds { get; init; } = 10;

    /// <summary>Seconds at most between two attempts. Default 3600.</summary>
    [AtOnce]
    public int MaxRetryDelaySeconds { get; init; } = 3600;

    /// <summary>Seconds at most between two tries to reach a peer that is away. The first is after <see cref="RetryDelaySeconds"/>. Default 300.</summary>
    public int MaxAwayDelaySeconds { get; init; } = 300;

    /// <summary>Hours that a job waits for a peer that is away before it has failed. 0 for as long as it takes. Default 168, a week.</summary>
    public int GiveUpAfterHours { get; init; } = 168;

    /// <summary>Seconds after which the jobs of a worker that gives no sign of life go on elsewhere. Default 10.</summary>
    public int LeaseSeconds { get; init; } = 10;

    /// <summary>Days that jobs are kept after their end. Default 30.</summary>
    public int KeepDays { get; init; } = 30;

    /// <summary>Minutes between two verifications (C-ECHO) of all peers. 0 for none. Default 15.</summary>
    public int VerifyMinutes { get; init; } = 15;
}
