using System.Buffers.Binary;

namespace Pacs.Dicom.Images;

/// <summary>Reads numbers of an image's header, most significant byte first, and bounds how many are looked at.</summary>
internal sealed class ImageInput(Stream stream, long length)
{
    /// <summary>Reads and jumps of one header: a stranger's file must not keep us busy.</summary>
    private const int MaxSteps = 1_000_000;

    private readonly long _start = stream.Position;
    private int _steps;

    public long Length => length;

    /// <summary>From the first byte of the image.</summary>
    public long Position
    {
        get => stream.Position - _start;
        set
        {
            Step();
            if (value < 0 || value > length) throw new EndOfStreamException();
            stream.Position = _start + value;
        }
    }

    public int Byte()
    {
        Step();
        Span<byte> bytes = stackalloc byte[1];
        stream.ReadExactly(bytes);
        return bytes[0];
    }

    public int UInt16()
    {
        Step();
        Span<byte> bytes = stackalloc byte[2];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    public int UInt16LittleEndian()
    {
        Step();
        Span<byte> bytes = stackalloc byte[2];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public uint UInt32()
    {
        Step();
        Span<byte> bytes = stackalloc byte[4];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    public ulong UInt64() => ((ulong)UInt32() << 32) | UInt32();

    public byte[] Bytes(int count)
    {
        Step();
        var bytes = new byte[(int)Math.Min(count, length)];
        stream.ReadExactly(bytes);
        return bytes.Length == count ? bytes : throw new EndOfStreamException();
    }

    /// <summary>Up to so many bytes from the start, without moving on.</summary>
    public byte[] Peek(int count)
    {
        var bytes = new byte[(int)Math.Min(count, length)];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        stream.Position = _start;
        return bytes[..read];
    }

    private void Step()
    {
        if (++_steps > MaxSteps) throw new ImageFormatException("The image's header is made of too many pieces.");
    }
}
