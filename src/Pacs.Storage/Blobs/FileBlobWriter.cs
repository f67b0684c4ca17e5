using Microsoft.Win32.SafeHandles;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Blobs;

/// <summary>
/// Write, rename, flush the file, flush its folder. Renaming first lets a journaling file system commit both with one
/// transaction; that a final name may then hold partial data after a crash is what recovery looks for.
/// </summary>
internal sealed class FileBlobWriter : BlobWriter
{
    private readonly FileBlobStore _store;
    private readonly string _part;
    private readonly SafeFileHandle _file;
    private string? _published;
    private long _length;

    public FileBlobWriter(FileBlobStore store, string part)
    {
        (_store, _part) = (store, part);
        _file = File.OpenHandle(part, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    public override long Length => _length;

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, _length);
        _length += bytes.Length;
    }

    public override void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        RandomAccess.Write(_file, buffers, _length);
        foreach (var buffer in buffers) _length += buffer.Length;
    }

    public override void WriteAt(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_file, bytes, offset);

    public override int Read(long offset, Span<byte> buffer) => RandomAccess.Read(_file, buffer, offset);

    public override void Publish(string key) => _published = _store.Publish(_part, key);

    public override void Flush()
    {
        Posix.FlushData(_file);
        _store.FlushFolder(Path.GetDirectoryName(_published ?? throw new InvalidOperationException("Not published."))!);
    }

    public override void Dispose()
    {
        _file.Dispose();
        if (_published is null) File.Delete(_part);
    }
}
