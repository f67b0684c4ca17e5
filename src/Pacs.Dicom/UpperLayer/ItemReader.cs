using System.Buffers.Binary;
using System.Text;

namespace Pacs.Dicom.UpperLayer;

/// <summary>Reads fields and items within an A-ASSOCIATE PDU; every length is held against what encloses it.</summary>
internal ref struct ItemReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];
    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));
    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));
    public void Skip(int count) => Take(count);

    /// <summary>Text of a fixed length, without padding.</summary>
    public string Text(int length) => ToText(Take(length));

    /// <summary>A 16-bit length and as much text.</summary>
    public string CountedText() => ToText(Take(UInt16()));

    /// <summary>A 16-bit length and as many bytes, as a copy.</summary>
    public byte[] CountedBytes() => Take(UInt16()).ToArray();

    /// <summary>A 16-bit length and a reader of as many bytes.</summary>
    public ItemReader Counted() => new(Take(UInt16()));

    public string RestAsText() => ToText(Take(_rest.Length));
    public byte[] RestAsBytes() => Take(_rest.Length).ToArray();

    /// <summary>
    /// <code>
    /// 0      1   2              4
    /// | type | - | length (u16) | content |
    /// </code>
    /// </summary>
    public ItemReader Item(out ItemType type, out byte second)
    {
        type = (ItemType)Byte();
        second = Byte();
        return Counted();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new PduException($"An item of an A-ASSOCIATE needs {count} bytes where {_rest.Length} are left.", AbortReason.InvalidPduParameterValue);
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    // Spaces pad AE titles; UIDs must not be padded here but some peers do.
    private static string ToText(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes).Trim(' ', '\0');
}
