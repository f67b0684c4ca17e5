namespace Pacs.Storage.Commitments;

/// <summary>An object that is to be kept, as its sender names it.</summary>
public sealed record CommitmentReference(string SopClassUid, string SopInstanceUid);
