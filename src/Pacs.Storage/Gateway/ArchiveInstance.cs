namespace Pacs.Storage.Gateway;

/// <summary>An object that only an archive behind this one has.</summary>
/// <param name="Peer">AE title of the archive.</param>
/// <param name="StudyInstanceUid">As the archive says.</param>
/// <param name="SeriesInstanceUid">As the archive says.</param>
/// <param name="SopInstanceUid">By which it is known.</param>
public sealed record ArchiveInstance(string Peer, string StudyInstanceUid, string SeriesInstanceUid, string SopInstanceUid);
