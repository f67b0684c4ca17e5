namespace Pacs.Storage.Jobs;

/// <summary>Which jobs to list, newest first.</summary>
public sealed record JobFilter
{
    public JobState? State { get; init; }
    public string? Kind { get; init; }
    public string? Peer { get; init; }
    public string? StudyInstanceUid { get; init; }

    /// <summary>Text that the cause contains, whatever its case.</summary>
    public string? Cause { get; init; }

    /// <summary>Created then or later.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Created before.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>Only jobs older than this one: the last identifier of the page before.</summary>
    public long? Before { get; init; }

    /// <summary>At most so many, 1 to 1,000. Default 100.</summary>
    public int Limit { get; init; } = 100;
}
