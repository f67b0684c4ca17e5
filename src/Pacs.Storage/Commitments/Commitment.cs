namespace Pacs.Storage.Commitments;

/// <summary>A request to take responsibility for objects, and what came of it.</summary>
public sealed record Commitment
{
    public required long Id { get; init; }

    /// <summary>AE title that asked; <see cref="CommitmentService.WebRequester"/> for one that asked by DICOMweb.</summary>
    public required string Requester { get; init; }

    /// <summary>AE title that it called.</summary>
    public required string CalledAeTitle { get; init; }
    public required string TransactionUid { get; init; }

    /// <summary>The job that reports when the association of the request does not serve for it.</summary>
    public required long JobId { get; init; }
    public required int ObjectsTotal { get; init; }
    public required int ObjectsCommitted { get; init; }
    public required int ObjectsFailed { get; init; }
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Every object has been looked at.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>The requester took the report.</summary>
    public DateTimeOffset? ReportedAt { get; init; }
}
