namespace Pacs.Storage.Retrieval;

/// <summary>An open blob: positioned reads, no state.</summary>
public sealed class BlobReader : IDisposable
{
    public long Length => throw new NotImplementedException();

    /// <summary>Reads up to the buffer's length from the offset; 0 at the end. Blocks.</summary>
    public int Read(long offset, Span<byte> buffer) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
