namespace Pacs.Storage.Commitments;

/// <summary>An object of a commitment.</summary>
public sealed record CommitmentObject
{
    /// <summary>Place within the request, from 1.</summary>
    public required int Number { get; init; }
    public required string SopClassUid { get; init; }
    public required string SopInstanceUid { get; init; }

    /// <summary>As the request has it; null where it lists instances alone.</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>As the request has it; null where it lists instances alone.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>It was found whole, and is kept.</summary>
    public required bool IsCommitted { get; init; }

    /// <summary>Why it is not; null while it has not been looked at, and when it is.</summary>
    public CommitmentFailure? Failure { get; init; }
}
