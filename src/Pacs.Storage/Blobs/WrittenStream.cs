namespace Pacs.Storage.Blobs;

/// <summary>Reads back what was written to a blob that has no name yet.</summary>
internal sealed class WrittenStream(BlobWriter blob, long begin) : Stream
{
    private long _offset;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => blob.Length - begin;
    public override long Position { get => _offset; set => _offset = value; }

    public override int Read(Span<byte> buffer)
    {
        var read = blob.Read(begin + _offset, buffer);
        _offset += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => Position, _ => Length };
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
