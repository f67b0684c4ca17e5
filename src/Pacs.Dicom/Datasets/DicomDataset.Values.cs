using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

public sealed partial class DicomDataset
{
    /// <summary>First value as text, without padding; null when absent or empty.</summary>
    public string? GetString(Tag tag) => GetStrings(tag) is [{ Length: > 0 } first, ..] ? first : null;

    /// <summary>All values as text, numbers in invariant form; empty when absent, empty or not text nor number.</summary>
    public IReadOnlyList<string> GetStrings(Tag tag) => this[tag] is ValueElement element ? GetStrings(element) : [];

    /// <summary>First value as a number; null when absent, empty or not a number.</summary>
    public long? GetInteger(Tag tag) =>
        GetString(tag) is { } text && long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Items of a sequence; empty when absent.</summary>
    public IReadOnlyList<DicomDataset> GetItems(Tag tag) => this[tag] is SequenceElement sequence ? sequence.Items : [];

    /// <summary>Sets text values under the VR of the dictionary, in the data set's character set. No value: an empty element.</summary>
    public DicomDataset Set(Tag tag, params IReadOnlyList<string> values) => Set(tag, DataElementDictionary.VrOf(tag), values);

    /// <inheritdoc cref="Set(Tag, IReadOnlyList{string})"/>
    public DicomDataset Set(Tag tag, Vr vr, params IReadOnlyList<string> values) => Set(new ValueElement(tag, vr, Encode(vr, values)));

    /// <summary>Sets a number under the VR of the dictionary.</summary>
    public DicomDataset Set(Tag tag, long value) => Set(tag, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Sets a sequence.</summary>
    public DicomDataset Set(Tag tag, params IReadOnlyList<DicomDataset> items) => Set(new SequenceElement(tag, items));

    internal IReadOnlyList<string> GetStrings(ValueElement element)
    {
        var bytes = element.Value.Span;
        if (bytes.IsEmpty) return [];
        if (element.Vr.IsText)
        {
            var text = element.Vr.UsesSpecificCharacterSet ? CharacterSet.Decode(bytes, element.Vr) : Encoding.Latin1.GetString(bytes);
            if (!element.Vr.IsMultiValuedText) return [text.TrimEnd(' ', '\0')];
            return [.. text.Split('\\').Select(v => v.Trim(' ', '\0'))];
        }
        var numbers = new List<string>();
        for (var unit = NumberSize(element.Vr); unit > 0 && bytes.Length >= unit; bytes = bytes[unit..])
            numbers.Add(NumberText(element.Vr, bytes));
        return numbers;
    }

    private ReadOnlyMemory<byte> Encode(Vr vr, IReadOnlyList<string> values)
    {
        byte[] bytes;
        if (vr.IsText)
        {
            var text = string.Join('\\', values);
            bytes = vr.UsesSpecificCharacterSet ? CharacterSet.Encode(text, vr) : Encoding.Latin1.GetBytes(text);
        }
        else
        {
            bytes = [.. values.SelectMany(v => NumberBytes(vr, v))];
        }
        return (bytes.Length & 1) == 0 ? bytes : [.. bytes, vr.Padding];
    }

    private static int NumberSize(Vr vr) => vr switch
    {
        Vr.US or Vr.SS => 2,
        Vr.UL or Vr.SL or Vr.FL or Vr.AT => 4,
        Vr.FD or Vr.SV or Vr.UV => 8,
        _ => 0,
    };

    private static string NumberText(Vr vr, ReadOnlySpan<byte> bytes) => vr switch
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

    private static byte[] NumberBytes(Vr vr, string text)
    {
        var c = CultureInfo.InvariantCulture;
        var bytes = new byte[NumberSize(vr)];
        switch (vr)
        {
            case Vr.US: BinaryPrimitives.WriteUInt16LittleEndian(bytes, ushort.Parse(text, c)); break;
            case Vr.SS: BinaryPrimitives.WriteInt16LittleEndian(bytes, short.Parse(text, c)); break;
            case Vr.UL: BinaryPrimitives.WriteUInt32LittleEndian(bytes, uint.Parse(text, c)); break;
            case Vr.SL: BinaryPrimitives.WriteInt32LittleEndian(bytes, int.Parse(text, c)); break;
            case Vr.UV: BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.Parse(text, c)); break;
            case Vr.SV: BinaryPrimitives.WriteInt64LittleEndian(bytes, long.Parse(text, c)); break;
            case Vr.FL: BinaryPrimitives.WriteSingleLittleEndian(bytes, float.Parse(text, c)); break;
            case Vr.FD: BinaryPrimitives.WriteDoubleLittleEndian(bytes, double.Parse(text, c)); break;
            case Vr.AT when Tag.TryParseHex(text, out var tag):
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, tag.Group);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), tag.Element);
                break;
            default: throw new ArgumentException($"VR {vr} takes no text values.", nameof(vr));
        }
        return bytes;
    }
}
