using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pacs.Storage.Retrieval;

/// <summary>Big endian units of 2, 4 or 8 bytes turned into little endian ones. What is less than a unit, at the end, stays as it is.</summary>
internal sealed class SwappedStream(Stream bigEndian, int unit) : ReadOnlyStream
{
    private readonly byte[] _unit = new byte[unit];
    private int _given;
    private int _have;

    public override int Read(Span<byte> buffer)
    {
        if (_given == _have && buffer.Length >= unit) return ReadUnits(buffer[..(buffer.Length - (buffer.Length % unit))]);
        if (_given == _have) (_given, _have) = (0, ReadUnits(_unit));
        var given = Math.Min(_have - _given, buffer.Length);
        _unit.AsSpan(_given, given).CopyTo(buffer);
        _given += given;
        return given;
    }

    private int ReadUnits(Span<byte> buffer)
    {
        var read = bigEndian.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        buffer = buffer[..(read - (read % unit))];
        switch (unit)
        {
            case 2: Swap(MemoryMarshal.Cast<byte, ushort>(buffer)); break;
            case 4: Swap(MemoryMarshal.Cast<byte, uint>(buffer)); break;
            default: Swap(MemoryMarshal.Cast<byte, ulong>(buffer)); break;
        }
        return read;
    }

    private static void Swap(Span<ushort> units) => BinaryPrimitives.ReverseEndianness(units, units);
    private static void Swap(Span<uint> units) => BinaryPrimitives.ReverseEndianness(units, units);
    private static void Swap(Span<ulong> units) => BinaryPrimitives.ReverseEndianness(units, units);
}
