namespace Pacs.Storage.Retrieval;

/// <summary>Part of a blob as a stream.</summary>
internal sealed class BlobStream(BlobReader blob, long start, long length) : ReadOnlyStream
{
    private long _position;

    public override bool CanSeek => true;
    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Before the start.");
    }

    public override int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Clamp(length - _position, 0, buffer.Length);
        if (wanted == 0) return 0;
        var read = blob.Read(start + _position, buffer[..wanted]);
        if (read == 0) throw new EndOfStreamException($"The blob ends after {blob.Length} bytes, {start + length} are expected.");
        _position += read;
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing) blob.Dispose();
        base.Dispose(disposing);
    }
}
