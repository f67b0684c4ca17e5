using System.Buffers;
using System.Buffers.Binary;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Messages;

public sealed partial class CommandSet
{
    private const int ElementHeaderLength = 8;
    private const int GroupLengthElementLength = ElementHeaderLength + 4;

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public int EncodedLength => GroupLengthElementLength + GroupLength;

    private int GroupLength => _elements.Values.Sum(v => ElementHeaderLength + v.Length);

    /// <summary>
    /// Reads a whole command set.
    /// <code>
    /// 0      4       8
    /// | tag  | length | value |   little endian; the tag as group, element (PS3.5 §7.1.3)
    /// </code>
    /// The group length is not relied on: a wrong one is common and the PDVs say where the command ends.
    /// </summary>
    /// <exception cref="DimseException">Not group 0000 elements end to end, or no command field.</exception>
    public static CommandSet Read(ReadOnlySpan<byte> bytes)
    {
        var command = new CommandSet();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < ElementHeaderLength) throw new DimseException("The command set ends within an element.");
            var tag = new Tag(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]));
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            bytes = bytes[ElementHeaderLength..];
            if (tag.Group != 0) throw new DimseException($"The command set holds {tag}, which is not of group 0000.");
            if (length > bytes.Length) throw new DimseException($"Command element {tag} declares {length} bytes where {bytes.Length} are left.");
            if (!tag.IsGroupLength) command._elements[tag] = bytes[..(int)length].ToArray();
            bytes = bytes[(int)length..];
        }
        return command.Command != CommandField.None ? command : throw new DimseException("The command set has no Command Field (0000,0100).");
    }

    /// <summary>Writes the elements in order, after their group length.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        var span = output.GetSpan(EncodedLength);
        WriteHeader(ref span, CommandTags.CommandGroupLength, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)GroupLength);
        span = span[4..];
        foreach (var (tag, value) in _elements)
        {
            WriteHeader(ref span, tag, value.Length);
            value.Span.CopyTo(span);
            span = span[value.Length..];
        }
        output.Advance(EncodedLength);
    }

    private static void WriteHeader(ref Span<byte> span, Tag tag, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(span, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(span[2..], tag.Element);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], (uint)length);
        span = span[ElementHeaderLength..];
    }
}
