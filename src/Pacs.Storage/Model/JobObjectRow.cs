namespace Pacs.Storage.Model;

/// <summary>One instance that a job is about, and how far it is.</summary>
public sealed class JobObjectRow
{
    public long JobId { get; set; }
    public int Ordinal { get; set; }
    public string SopInstanceUid { get; set; } = "";

    /// <summary>Only Waiting, Succeeded and Failed.</summary>
    public JobState State { get; set; }

    public int Attempts { get; set; }

    /// <summary>Why the last attempt failed, for a person.</summary>
    public string? Error { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }
}
