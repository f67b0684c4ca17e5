namespace Pacs.Storage.Blobs;

/// <summary>An open blob.</summary>
public interface IBlob : IDisposable
{
    long Length { get; }

    /// <summary>Reads up to the buffer's length from the offset; 0 at the end. Blocks. Safe for concurrent use.</summary>
    /// <exception cref="IOException">The medium fails.</exception>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Returns when reading at the offset does not wait for what is still to come from elsewhere.</summary>
    /// <exception cref="IOException">It will not come.</exception>
    ValueTask WaitAsync(long offset, CancellationToken cancellation) => ValueTask.CompletedTask;
}
