namespace Pacs.Storage.Hosting;

/// <summary>Outbound work.</summary>
public sealed record JobOptions
{
    /// <summary>Jobs that this process runs at a time. Default 4.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>Attempts at a job before it is given up. Default 10.</summary>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>Seconds before the second attempt; doubles with each further one. Default 10.</summary>
    public int RetryDelaySeconds { get; init; } = 10;

    /// <summary>Seconds at most between two attempts. Default 3600.</summary>
    public int MaxRetryDelaySeconds { get; init; } = 3600;
}
