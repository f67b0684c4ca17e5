namespace Pacs.Storage.Commitments;

/// <summary>A request to take responsibility for objects (PS3.4 Table J.3-1).</summary>
/// <param name="Requester">Calling AE title: who is to be told; <see cref="CommitmentService.WebRequester"/> for nobody.</param>
/// <param name="CalledAeTitle">As what this archive was called: the report comes from there.</param>
/// <param name="TransactionUid">Of the requester.</param>
/// <param name="References">At least one, at most <see cref="CommitmentService.MaxReferences"/>.</param>
public sealed record CommitmentRequest(string Requester, string CalledAeTitle, string TransactionUid, IReadOnlyList<CommitmentReference> References);
