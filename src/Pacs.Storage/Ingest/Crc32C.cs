using System.Buffers.Binary;
using System.Numerics;

namespace Pacs.Storage.Ingest;

/// <summary>CRC-32C (Castagnoli), by the processor's instruction.</summary>
public struct Crc32C()
{
    private uint _state = uint.MaxValue;

    public readonly int Value => (int)~_state;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var state = _state;
        for (; bytes.Length >= 8; bytes = bytes[8..]) state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes) state = BitOperations.Crc32C(state, b);
        _state = state;
    }
}
