namespace Pacs.Storage.Blobs;

/// <summary>A blob being written. Disposed before <see cref="Publish"/>, it leaves nothing.</summary>
public abstract class BlobWriter : IDisposable
{
    public abstract long Length { get; }

    /// <exception cref="IOException">No room, or the medium fails.</exception>
    public abstract void Write(ReadOnlySpan<byte> bytes);

    /// <inheritdoc cref="Write(ReadOnlySpan{byte})"/>
    public abstract void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers);

    /// <summary>Writes over what is there.</summary>
    public abstract void WriteAt(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Reads back what was written.</summary>
    public abstract int Read(long offset, Span<byte> buffer);

    /// <summary>Gives it its name. Not durable before <see cref="Flush"/>.</summary>
    public abstract void Publish(string key);

    /// <summary>Returns when bytes and name are on stable storage. Tried once: after a failure nobody knows what is on the medium.</summary>
    /// <exception cref="IOException">They may not be.</exception>
    public abstract void Flush();

    public abstract void Dispose();
}
