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
        for (var unit = element.Vr.NumberSize; unit > 0 && bytes.Length >= unit; bytes = bytes[unit..])
            numbers.Add(NumberCodec.ToText(element.Vr, bytes));
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
            bytes = [.. values.SelectMany(v => NumberCodec.ToBytes(vr, v))];
        }
        return (bytes.Length & 1) == 0 ? bytes : [.. bytes, vr.Padding];
    }
}
