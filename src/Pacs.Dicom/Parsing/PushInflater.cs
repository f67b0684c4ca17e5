using System.IO.Compression;

namespace Pacs.Dicom.Parsing;

/// <summary>Inflates a raw deflate stream that comes in pieces, a bounded buffer at a time.</summary>
internal sealed class PushInflater : IDisposable
{
    private readonly Feed _feed = new();
    private readonly DeflateStream _inflated;
    private readonly byte[] _buffer = new byte[64 * 1024];

    public PushInflater() => _inflated = new DeflateStream(_feed, CompressionMode.Decompress);

    /// <summary>Gives what comes of the next bytes; the result is valid until the next call. Empty when all are used up.</summary>
    public ReadOnlySpan<byte> Inflate(ref ReadOnlySpan<byte> compressed)
    {
        while (true)
        {
            // The stream asks its source again after it has been told of an end, so a source that ran dry can go on later.
            var length = _inflated.Read(_buffer);
            if (length > 0) return _buffer.AsSpan(0, length);
            if (compressed.IsEmpty || !_feed.IsDry) return default;
            _feed.Fill(ref compressed);
        }
    }

    /// <summary>The end of the deflate stream has been reached.</summary>
    public bool IsFinished
    {
        get
        {
            _feed.IsDry = false;
            return _inflated.Read(_buffer) == 0 && !_feed.IsDry;
        }
    }

    public void Dispose() => _inflated.Dispose();

    private sealed class Feed : Stream
    {
        private readonly byte[] _bytes = new byte[16 * 1024];
        private int _begin, _end;

        /// <summary>More was asked for than there was.</summary>
        public bool IsDry { get; set; }

        public void Fill(ref ReadOnlySpan<byte> bytes)
        {
            (_begin, _end, IsDry) = (0, Math.Min(bytes.Length, _bytes.Length), false);
            bytes[.._end].CopyTo(_bytes);
            bytes = bytes[_end..];
        }

        public override int Read(Span<byte> buffer)
        {
            var length = Math.Min(buffer.Length, _end - _begin);
            IsDry = length == 0;
            _bytes.AsSpan(_begin, length).CopyTo(buffer);
            _begin += length;
            return length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
