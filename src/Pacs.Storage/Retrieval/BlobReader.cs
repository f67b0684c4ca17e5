using Pacs.Storage.Blobs;

namespace Pacs.Storage.Retrieval;

/// <summary>An open blob: positioned reads, no state. Safe for concurrent use.</summary>
public sealed class BlobReader : IDisposable
{
    private readonly string _key;
    private readonly IBlob _blob;

    /// <exception cref="BlobMissingException">It is not there, or cannot be read.</exception>
    internal BlobReader(IBlobStore blobs, string key)
    {
        _key = key;
        try
        {
            _blob = blobs.Open(key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobMissingException(key, e);
        }
    }

    public long Length => _blob.Length;

    /// <summary>Reads up to the buffer's length from the offset; 0 at the end. Blocks. Steps of 64 to 256 KiB are the fastest.</summary>
    /// <exception cref="BlobMissingException">The medium fails.</exception>
    public int Read(long offset, Span<byte> buffer)
    {
        try
        {
            return _blob.Read(offset, buffer);
        }
        catch (IOException e)
        {
            throw new BlobMissingException(_key, e);
        }
    }

    /// <summary>Returns when reading at the offset does not wait for an archive behind this one.</summary>
    /// <exception cref="BlobMissingException">It does not give the file.</exception>
    public async ValueTask WaitAsync(long offset, CancellationToken cancellation)
    {
        try
        {
            await _blob.WaitAsync(offset, cancellation);
        }
        catch (IOException e)
        {
            throw new BlobMissingException(_key, e);
        }
    }

    public void Dispose() => _blob.Dispose();
}
