using System.Buffers.Binary;
using System.Text;

namespace Pacs.Dicom.UpperLayer;

/// <summary>Writes fields and items of a PDU; lengths are filled in when what they count is there.</summary>
internal sealed class ItemWriter
{
    private byte[] _bytes = new byte[512];
    private int _length;

    public byte[] ToArray() => _bytes[.._length];

    public ItemWriter Byte(byte value)
    {
        Reserve(1)[0] = value;
        return this;
    }

    public ItemWriter UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), value);
        return this;
    }

    public ItemWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);
        return this;
    }

    public ItemWriter Zeros(int count)
    {
        Reserve(count).Clear();
        return this;
    }

    public ItemWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        return this;
    }

    public ItemWriter Text(string text) => Bytes(Encoding.ASCII.GetBytes(text));

    /// <summary>16 characters, padded with spaces.</summary>
    public ItemWriter AeTitle(string title)
    {
        if (title.Length is 0 or > 16) throw new ArgumentException("An AE title has 1 to 16 characters.", nameof(title));
        return Text(title.PadRight(16));
    }

    public ItemWriter CountedText(string text) => Counted(w => w.Text(text));
    public ItemWriter CountedBytes(ReadOnlyMemory<byte> bytes) => Counted(w => w.Bytes(bytes.Span));

    /// <summary>A 16-bit length and what it counts.</summary>
    public ItemWriter Counted(Action<ItemWriter> content)
    {
        var start = _length;
        UInt16(0);
        content(this);
        var length = _length - start - sizeof(ushort);
        if (length > ushort.MaxValue) throw new ArgumentException($"{length} bytes do not fit into an item.");
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(start), (ushort)length);
        return this;
    }

    public ItemWriter Item(ItemType type, Action<ItemWriter> content, byte second = 0) => Byte((byte)type).Byte(second).Counted(content);

    /// <summary>The header of a PDU and the variable field that its 32-bit length counts.</summary>
    public ItemWriter Pdu(PduType type, Action<ItemWriter> content)
    {
        var start = _length;
        Byte((byte)type).Byte(0).UInt32(0);
        content(this);
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(start + 2), (uint)(_length - start - PduHeader.Size));
        return this;
    }

    private Span<byte> Reserve(int count)
    {
        if (_length + count > _bytes.Length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + count));
        var reserved = _bytes.AsSpan(_length, count);
        _length += count;
        return reserved;
    }
}
