namespace Pacs.Storage.Remote;

/// <summary>What came of one object while a retrieval is under way.</summary>
/// <param name="SopInstanceUid">Which.</param>
/// <param name="Status">What the sender was answered: 0 for success. DIMSE status.</param>
/// <param name="Message">For a person; empty on success.</param>
/// <param name="Bytes">Of its data set; null when it is not here.</param>
public sealed record RetrievedObject(string SopInstanceUid, int Status, string Message = "", long? Bytes = null);
