namespace Pacs.Storage.RemoteCommitments;

/// <summary>How far a job's requests for the commitment of one object have come.</summary>
/// <param name="SopInstanceUid">The object.</param>
/// <param name="TransactionUid">Of the request that counts: one that was granted, else the last.</param>
/// <param name="Failure">0 when it is committed, else Failure Reason (0008,1197); null while there is no answer.</param>
/// <param name="AwaitedUntil">When the request is given up; null when no answer is awaited any more.</param>
public sealed record CommitmentAnswer(string SopInstanceUid, string TransactionUid, int? Failure, DateTimeOffset? AwaitedUntil)
{
    public bool IsCommitted => Failure == 0;
}
