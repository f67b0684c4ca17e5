namespace Pacs.Bench.Objects;

/// <summary>A header and then the same frame over and over: an object of any size that costs its sender nothing but copying.</summary>
internal sealed class RepeatingStream(byte[] header, byte[] frame, int frames) : Stream
{
    private long _position;

    public override long Length => header.Length + (long)frame.Length * frames;
    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;

    public override long Position
    {
        get => _position;
        set => _position = value is >= 0 && value <= Length ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override int Read(Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length && _position < Length)
        {
            var source = _position < header.Length ? header.AsSpan((int)_position) : frame.AsSpan((int)((_position - header.Length) % frame.Length));
            var length = Math.Min(source.Length, buffer.Length - done);
            source[..length].CopyTo(buffer[done..]);
            done += length;
            _position += length;
        }
        return done;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush() { }
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
