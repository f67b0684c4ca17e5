using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Parsing;

/// <summary>
/// How the header of a data element is encoded (PS3.5 §7.1), and in which byte order its value.
/// <code>
///   Implicit VR            tag 4 | length 4
///   Explicit VR, short     tag 4 | VR 2 | length 2
///   Explicit VR, long      tag 4 | VR 2 | 00 00 | length 4
///   item and delimiters    tag 4 | length 4
/// </code>
/// </summary>
internal readonly record struct ElementEncoding(bool IsExplicitVr, bool IsBigEndian)
{
    public const uint UndefinedLength = 0xFFFFFFFF;
    public const int MaxHeaderLength = 12;

    /// <summary>Of what is inside a UN of undefined length, whatever surrounds it (PS3.5 §6.2.2).</summary>
    public static readonly ElementEncoding ImplicitLittleEndian = new(false, false);

    public static ElementEncoding Of(TransferSyntax syntax) => new(syntax.IsExplicitVr, syntax.IsBigEndian);

    public ushort ReadUInt16(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    public uint ReadUInt32(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    public Tag ReadTag(ReadOnlySpan<byte> bytes) => new(ReadUInt16(bytes), ReadUInt16(bytes[2..]));

    public int HeaderLength(Vr vr) => IsExplicitVr && vr.HasLongLength ? 12 : 8;

    /// <summary>A value too long for the 16-bit length of its VR is written as UN (PS3.5 §6.2.2 note).</summary>
    public Vr Fit(Vr vr, long length) => IsExplicitVr && length > ushort.MaxValue && !vr.HasLongLength ? Vr.UN : vr;

    /// <summary>Writes the header; returns its length.</summary>
    public int WriteHeader(Span<byte> output, Tag tag, Vr vr, uint length)
    {
        WriteUInt16(output, tag.Group);
        WriteUInt16(output[2..], tag.Element);
        if (!IsExplicitVr)
        {
            WriteUInt32(output[4..], length);
            return 8;
        }
        BinaryPrimitives.WriteUInt16BigEndian(output[4..], (ushort)vr);
        if (!vr.HasLongLength)
        {
            WriteUInt16(output[6..], checked((ushort)length));
            return 8;
        }
        output[6..8].Clear();
        WriteUInt32(output[8..], length);
        return 12;
    }

    /// <summary>Writes the header of an item or delimiter; returns its length.</summary>
    public int WriteItemHeader(Span<byte> output, Tag tag, uint length)
    {
        WriteUInt16(output, tag.Group);
        WriteUInt16(output[2..], tag.Element);
        WriteUInt32(output[4..], length);
        return 8;
    }

    /// <summary>Turns the byte order of a value around, by the unit of its VR (PS3.5 §7.3). Bytes of an incomplete last unit stay.</summary>
    public static void SwapUnits(Span<byte> value, Vr vr)
    {
        switch (vr.UnitSize)
        {
            case 2:
                var words = MemoryMarshal.Cast<byte, ushort>(value);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case 4:
                var doubleWords = MemoryMarshal.Cast<byte, uint>(value);
                BinaryPrimitives.ReverseEndianness(doubleWords, doubleWords);
                break;
            case 8:
                var quadWords = MemoryMarshal.Cast<byte, ulong>(value);
                BinaryPrimitives.ReverseEndianness(quadWords, quadWords);
                break;
        }
    }

    private void WriteUInt16(Span<byte> output, ushort value)
    {
        if (IsBigEndian) BinaryPrimitives.WriteUInt16BigEndian(output, value);
        else BinaryPrimitives.WriteUInt16LittleEndian(output, value);
    }

    private void WriteUInt32(Span<byte> output, uint value)
    {
        if (IsBigEndian) BinaryPrimitives.WriteUInt32BigEndian(output, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(output, value);
    }
}
