using Microsoft.Win32.SafeHandles;

namespace Pacs.Storage.Retrieval;

/// <summary>An open blob: positioned reads, no state. Safe for concurrent use.</summary>
public sealed class BlobReader : IDisposable
{
    private readonly SafeFileHandle _file;

    internal BlobReader(SafeFileHandle file) => (_file, Length) = (file, RandomAccess.GetLength(file));

    public long Length { get; }

    /// <summary>Reads up to the buffer's length from the offset; 0 at the end. Blocks. Steps of 64 to 256 KiB are the fastest.</summary>
    public int Read(long offset, Span<byte> buffer) => RandomAccess.Read(_file, buffer, offset);

    public void Dispose() => _file.Dispose();
}
