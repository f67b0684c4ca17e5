using System.Buffers;

namespace Pacs.Storage.Retrieval;

/// <summary>
/// The bytes of a <see cref="FrameLocation"/> one after another: ranges of a data set, units turned round, bits of packed
/// frames moved to the front.
/// </summary>
internal sealed class RangesStream(Stream dataset, FrameLocation location) : Stream
{
    private readonly byte[] _carry = new byte[8];
    private int _carried;
    private int _range;
    private long _inRange;
    private long _datasetPosition;
    private long _produced;
    private int _lastByte = -1;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => location.Length;

    public override long Position
    {
        get => _produced;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, Length - _produced)];
        if (buffer.IsEmpty) return 0;
        var read = location.BitLength is not null ? ReadBits(buffer) : location.SwapUnit > 1 ? ReadSwapped(buffer) : ReadBytes(buffer);
        _produced += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void Flush() { }
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) dataset.Dispose();
        base.Dispose(disposing);
    }

    private int ReadBytes(Span<byte> buffer)
    {
        while (_range < location.Ranges.Count && _inRange == location.Ranges[_range].Length) (_range, _inRange) = (_range + 1, 0);
        if (_range == location.Ranges.Count) return 0;
        var (offset, length) = location.Ranges[_range];
        MoveTo(offset + _inRange);
        var read = dataset.Read(buffer[..(int)Math.Min(buffer.Length, length - _inRange)]);
        if (read == 0) throw new EndOfStreamException($"The data set ends at byte {_datasetPosition}, within a value.");
        _inRange += read;
        _datasetPosition += read;
        return read;
    }

    /// <summary>Whole units only; what a small buffer leaves over is carried.</summary>
    private int ReadSwapped(Span<byte> buffer)
    {
        var unit = location.SwapUnit;
        if (_carried > 0 || buffer.Length < unit)
        {
            if (_carried == 0)
            {
                while (_carried < unit && ReadBytes(_carry.AsSpan(_carried, unit - _carried)) is > 0 and var n) _carried += n;
                _carry.AsSpan(0, _carried).Reverse();
            }
            var given = Math.Min(_carried, buffer.Length);
            _carry.AsSpan(0, given).CopyTo(buffer);
            _carry.AsSpan(given, _carried - given).CopyTo(_carry);
            _carried -= given;
            return given;
        }
        buffer = buffer[..(buffer.Length - buffer.Length % unit)];
        var read = 0;
        do
        {
            var n = ReadBytes(buffer[read..]);
            if (n == 0) break;
            read += n;
        }
        while (read % unit != 0);
        for (var i = 0; i + unit <= read; i += unit) buffer.Slice(i, unit).Reverse();
        return read;
    }

    /// <summary>The first pixel is the lowest bit (PS3.5 §8.1.1): a byte is the upper bits of one and the lower of the next. Bits behind the frame are zero.</summary>
    private int ReadBits(Span<byte> buffer)
    {
        var shift = location.BitOffset;
        var rented = ArrayPool<byte>.Shared.Rent(buffer.Length + 1);
        try
        {
            var have = 0;
            if (_lastByte >= 0) rented[have++] = (byte)_lastByte;
            var wanted = buffer.Length + (shift > 0 ? 1 : 0);
            while (have < wanted && ReadBytes(rented.AsSpan(have, wanted - have)) is > 0 and var n) have += n;
            for (var i = 0; i < buffer.Length; i++)
            {
                var next = i + 1 < have ? rented[i + 1] : 0;
                buffer[i] = (byte)(rented[i] >> shift | next << (8 - shift));
            }
            if (shift > 0) _lastByte = have > buffer.Length ? rented[buffer.Length] : 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
        var unused = (int)(Length * 8 - location.BitLength!.Value);
        if (_produced + buffer.Length == Length && unused > 0) buffer[^1] &= (byte)(0xFF >> unused);
        return buffer.Length;
    }

    /// <summary>A deflated data set cannot be positioned: what lies before is read past.</summary>
    private void MoveTo(long position)
    {
        if (position == _datasetPosition) return;
        if (dataset.CanSeek)
        {
            dataset.Position = position;
        }
        else
        {
            if (position < _datasetPosition) throw new InvalidOperationException("Ranges of a deflated data set have to ascend.");
            var skipped = ArrayPool<byte>.Shared.Rent(64 * 1024);
            try
            {
                while (_datasetPosition < position)
                {
                    var n = dataset.Read(skipped.AsSpan(0, (int)Math.Min(skipped.Length, position - _datasetPosition)));
                    if (n == 0) throw new EndOfStreamException($"The data set ends at byte {_datasetPosition}.");
                    _datasetPosition += n;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(skipped);
            }
        }
        _datasetPosition = position;
    }
}
