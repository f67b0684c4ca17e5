namespace Pacs.Storage.Commitments;

/// <summary>An object that is to be kept, as its sender names it.</summary>
/// <param name="SopClassUid">Its class.</param>
/// <param name="SopInstanceUid">By which it is known.</param>
/// <param name="StudyInstanceUid">Of its study, where the request goes by studies; empty where it lists instances. The answer has the same form.</param>
/// <param name="SeriesInstanceUid">Of its series, likewise.</param>
public sealed record CommitmentReference(string SopClassUid, string SopInstanceUid, string StudyInstanceUid = "", string SeriesInstanceUid = "");
