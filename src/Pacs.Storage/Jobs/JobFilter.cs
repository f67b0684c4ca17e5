namespace Pacs.Storage.Jobs;

/// <summary>Which jobs to list, newest first.</summary>
public sealed record JobFilter
{
    public JobState? State { get; init; }
    public string? Kind { get; init; }
    public string? Peer { get; init; }

    /// <summary>Only jobs older than this one: the last identifier of the page before.</summary>
    public long? Before { get; init; }

    /// <summary>At most so many, 1 to 1,000. Default 100.</summary>
    public int Limit { get; init; } = 100;
}
