namespace Pacs.Storage.Retrieval;

/// <summary>The index has an instance whose blob cannot be read: restore it from backup, then run the integrity check.</summary>
public sealed class BlobMissingException(string blobKey, Exception? inner = null) : Exception($"Blob {blobKey} cannot be read.", inner)
{
    public string BlobKey { get; } = blobKey;
}
