namespace Pacs.Storage.Maintenance;

/// <summary>How far a rebuild of the index is.</summary>
/// <param name="Indexed">Blobs that are in the index now.</param>
/// <param name="Failed">Blobs that could not be read as DICOM objects; they stay where they are, and the log names them.</param>
public sealed record ReindexProgress(long Indexed, long Failed);
