using System.Buffers.Binary;
using System.Globalization;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>Binary numbers (and tags) of data elements as text and back; little-endian.</summary>
internal static class NumberCodec
{
    /// <summary>Bytes that the longest number may take as text.</summary>
    public const int MaxText = 32;

    /// <summary>The first number in invariant form, as UTF-8 without a string.</summary>
    /// <returns>Bytes written.</returns>
    public static int Format(Vr vr, ReadOnlySpan<byte> bytes, Span<byte> text)
    {
        return vr switch
        {
            Vr.US => Put(BinaryPrimitives.ReadUInt16LittleEndian(bytes), text),
            Vr.SS => Put(BinaryPrimitives.ReadInt16LittleEndian(bytes), text),
            Vr.UL => Put(BinaryPrimitives.ReadUInt32LittleEndian(bytes), text),
            Vr.SL => Put(BinaryPrimitives.ReadInt32LittleEndian(bytes), text),
            Vr.UV => Put(BinaryPrimitives.ReadUInt64LittleEndian(bytes), text),
            Vr.SV => Put(BinaryPrimitives.ReadInt64LittleEndian(bytes), text),
            Vr.FL => Put(BinaryPrimitives.ReadSingleLittleEndian(bytes), text),
            Vr.FD => Put(BinaryPrimitives.ReadDoubleLittleEndian(bytes), text),
            Vr.AT => Put(((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]), text, "X8"),
            _ => throw new ArgumentOutOfRangeException(nameof(vr), vr, "Not a number VR."),
        };

        static int Put<T>(T number, Span<byte> text, ReadOnlySpan<char> format = default) where T : IUtf8SpanFormattable =>
            number.TryFormat(text, out var written, format, CultureInfo.InvariantCulture) ? written : 0;
    }

    /// <summary>The first number in invariant form.</summary>
    public static string ToText(Vr vr, ReadOnlySpan<byte> bytes) => vr switch
    {
        Vr.US => BinaryPrimitives.ReadUInt16LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.SS => BinaryPrimitives.ReadInt16LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.UL => BinaryPrimitives.ReadUInt32LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.SL => BinaryPrimitives.ReadInt32LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.UV => BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.SV => BinaryPrimitives.ReadInt64LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.FL => BinaryPrimitives.ReadSingleLittleEndian(bytes).ToString("R", CultureInfo.InvariantCulture),
        Vr.FD => BinaryPrimitives.ReadDoubleLittleEndian(bytes).ToString("R", CultureInfo.InvariantCulture),
        Vr.AT => new Tag(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..])).ToHex(),
        _ => throw new ArgumentOutOfRangeException(nameof(vr), vr, "Not a number VR."),
    };

    /// <exception cref="FormatException">Not a number.</exception>
    /// <exception cref="OverflowException">Not a number of this VR.</exception>
    public static byte[] ToBytes(Vr vr, string text)
    {
        // "1.0" and "1e2" are whole numbers too, as other languages write them; what has a fraction overflows.
        const NumberStyles Whole = NumberStyles.Integer | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        var c = CultureInfo.InvariantCulture;
        var bytes = new byte[vr.NumberSize];
        switch (vr)
        {
            case Vr.US: BinaryPrimitives.WriteUInt16LittleEndian(bytes, ushort.Parse(text, Whole, c)); break;
            case Vr.SS: BinaryPrimitives.WriteInt16LittleEndian(bytes, short.Parse(text, Whole, c)); break;
            case Vr.UL: BinaryPrimitives.WriteUInt32LittleEndian(bytes, uint.Parse(text, Whole, c)); break;
            case Vr.SL: BinaryPrimitives.WriteInt32LittleEndian(bytes, int.Parse(text, Whole, c)); break;
            case Vr.UV: BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.Parse(text, Whole, c)); break;
            case Vr.SV: BinaryPrimitives.WriteInt64LittleEndian(bytes, long.Parse(text, Whole, c)); break;
            case Vr.FL: BinaryPrimitives.WriteSingleLittleEndian(bytes, float.Parse(Infinite(text), NumberStyles.Float, c)); break;
            case Vr.FD: BinaryPrimitives.WriteDoubleLittleEndian(bytes, double.Parse(Infinite(text), NumberStyles.Float, c)); break;
            case Vr.AT when Tag.TryParseHex(text, out var tag):
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, tag.Group);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), tag.Element);
                break;
            case Vr.AT: throw new FormatException("A tag has eight hexadecimal digits.");
            default: throw new ArgumentException($"VR {vr} takes no text values.", nameof(vr));
        }
        return bytes;
    }

    /// <summary>As XML Schema and C have the infinities.</summary>
    private static string Infinite(string text) => text switch
    {
        "INF" or "inf" => "Infinity",
        "-INF" or "-inf" => "-Infinity",
        _ => text,
    };
}
