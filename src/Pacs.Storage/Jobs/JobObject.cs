namespace Pacs.Storage.Jobs;

/// <summary>One object of a job.</summary>
public sealed record JobObject
{
    /// <summary>Place within the job, from 1.</summary>
    public required int Number { get; init; }
    public required string SopInstanceUid { get; init; }
    public required JobState State { get; init; }

    /// <summary>The peer's last answer for it, as a DIMSE status (PS3.7 Annex C); null when there was none.</summary>
    public int? Status { get; init; }

    /// <summary>What went wrong the last time. Empty on success.</summary>
    public string Message { get; init; } = "";
    public required int Attempts { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}
