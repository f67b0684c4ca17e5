namespace Pacs.Storage.Retrieval;

/// <summary>Opens blobs for reading.</summary>
internal sealed class BlobOpener(string folder)
{
    /// <exception cref="BlobMissingException">It is not there, or cannot be read.</exception>
    public BlobReader Open(string blobKey)
    {
        try
        {
            return new BlobReader(File.OpenHandle(Path.Combine(folder, blobKey)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobMissingException(blobKey, e);
        }
    }
}
