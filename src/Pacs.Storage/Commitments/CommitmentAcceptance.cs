namespace Pacs.Storage.Commitments;

/// <summary>What came of a request for commitment.</summary>
/// <param name="Commitment">It is on the disk; null when it is refused because its Transaction UID is in use for other objects.</param>
/// <param name="IsRepeat">The same was asked before; it is reported again.</param>
public sealed record CommitmentAcceptance(Commitment? Commitment, bool IsRepeat);
