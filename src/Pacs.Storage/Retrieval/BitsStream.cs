namespace Pacs.Storage.Retrieval;

/// <summary>
/// Some bits, moved to the front. The first pixel is the lowest bit (PS3.5 §8.1.1), so that a byte is the upper bits of one
/// and the lower of the next. Bits of the last byte that are left over are zero.
/// </summary>
internal sealed class BitsStream(Stream bytes, long firstBit, long bitLength) : ReadOnlyStream
{
    private readonly int _shift = (int)(firstBit % 8);
    private readonly long _length = (bitLength + 7) / 8;
    private long _before = firstBit / 8;
    private long _produced;
    private int _previous = -1;

    public override int Read(Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, _length - _produced)];
        if (buffer.IsEmpty) return 0;
        for (; _before > 0; _before--) ReadByte(bytes);
        var read = _shift == 0 ? ReadWhole(buffer) : ReadShifted(buffer);
        _produced += read;
        if (_produced == _length && bitLength % 8 is var used and > 0) buffer[read - 1] &= (byte)(0xFF >> (int)(8 - used));
        return read;
    }

    private int ReadWhole(Span<byte> buffer) =>
        bytes.Read(buffer) is > 0 and var read ? read : throw EndsEarly();

    private int ReadShifted(Span<byte> buffer)
    {
        if (_previous < 0) _previous = ReadByte(bytes);
        var read = bytes.Read(buffer);
        if (read == 0)
        {
            // The last byte may be made of one alone.
            if (_produced + 1 < _length) throw EndsEarly();
            buffer[0] = (byte)(_previous >> _shift);
            return 1;
        }
        foreach (ref var value in buffer[..read])
        {
            var next = value;
            value = (byte)(_previous >> _shift | next << (8 - _shift));
            _previous = next;
        }
        return read;
    }

    private static int ReadByte(Stream stream)
    {
        Span<byte> one = stackalloc byte[1];
        stream.ReadExactly(one);
        return one[0];
    }

    private static EndOfStreamException EndsEarly() => new("The value ends before its last bit.");
}
