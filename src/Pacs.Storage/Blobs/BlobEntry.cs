namespace Pacs.Storage.Blobs;

/// <summary>A blob as the store lists it.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Length">Bytes.</param>
/// <param name="WrittenAt">When its last byte was written.</param>
public sealed record BlobEntry(string Key, long Length, DateTimeOffset WrittenAt);
