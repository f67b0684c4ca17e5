using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Model;

/// <summary>Values of data sets in the form in which the index keeps them.</summary>
internal static class DatasetText
{
    /// <summary>Characters of a text column at most: three times 256 bytes of UTF-8 fit an index entry.</summary>
    private const int MaxLength = 256;

    /// <summary>First value, clipped, without what PostgreSQL cannot hold.</summary>
    public static string Text(this DicomDataset dataset, Tag tag) => Clean(dataset.GetString(tag) ?? "");

    /// <summary>All values, separated by backslashes.</summary>
    public static string AllText(this DicomDataset dataset, Tag tag) => Clean(string.Join('\\', dataset.GetStrings(tag)));

    /// <summary>YYYYMMDD; empty when there is no date.</summary>
    public static string Date(this DicomDataset dataset, Tag tag) =>
        DicomDate.TryParse(dataset.GetString(tag), out var date) ? DicomDate.Format(date) : "";

    /// <summary>HHMMSS.ffffff; empty when there is no time. Of fixed length, so that order is that of text.</summary>
    public static string Time(this DicomDataset dataset, Tag tag) =>
        DicomTime.TryParse(dataset.GetString(tag), out var time) ? time.ToString("HHmmss'.'ffffff", System.Globalization.CultureInfo.InvariantCulture) : "";

    public static int? Int(this DicomDataset dataset, Tag tag) => dataset.GetInteger(tag) is { } n and >= int.MinValue and <= int.MaxValue ? (int)n : null;

    /// <summary>Whether there is a value: any byte but padding, any item.</summary>
    public static bool HasValue(this DicomDataset dataset, Tag tag) => dataset[tag] switch
    {
        ValueElement value => value.Value.Span.ContainsAnyExcept((byte)' ', (byte)0) || (!value.Vr.IsText && !value.Value.IsEmpty),
        SequenceElement sequence => sequence.Items.Count > 0,
        _ => false,
    };

    /// <summary>Bit n: there is a value for the n-th of the tags.</summary>
    public static ulong MaskOf(this DicomDataset dataset, IReadOnlyList<Tag> tags)
    {
        var mask = 0UL;
        for (var i = 0; i < tags.Count; i++)
            if (dataset.HasValue(tags[i])) mask |= 1UL << i;
        return mask;
    }

    /// <summary>A data set in UTF-8 of those of the tags that have a value.</summary>
    public static DicomDataset Extract(this DicomDataset dataset, IReadOnlyList<Tag> tags)
    {
        var extract = new DicomDataset().Set(new ValueElement(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 192"u8.ToArray()));
        foreach (var tag in tags)
            if (dataset.HasValue(tag)) extract.Set(ToUtf8(dataset, dataset[tag]!));
        return extract;
    }

    private static DicomElement ToUtf8(DicomDataset dataset, DicomElement element) => element switch
    {
        ValueElement value when value.Vr.UsesSpecificCharacterSet => new ValueElement(value.Tag, value.Vr, ToUtf8(dataset, value)),
        SequenceElement sequence => new SequenceElement(sequence.Tag, [.. sequence.Items.Select(ToUtf8)]),
        _ => element,
    };

    private static DicomDataset ToUtf8(DicomDataset item)
    {
        var converted = new DicomDataset();
        foreach (var element in item)
            if (element.Tag != SpecificCharacterSet.Tag && element is (ValueElement or SequenceElement)) converted.Set(ToUtf8(item, element));
        return converted;
    }

    private static byte[] ToUtf8(DicomDataset dataset, ValueElement value)
    {
        var text = SpecificCharacterSet.Utf8.Encode(dataset.CharacterSet.Decode(value.Value.Span, value.Vr), value.Vr);
        return (text.Length & 1) == 0 ? text : [.. text, (byte)' '];
    }

    private static string Clean(string text)
    {
        if (text.Length > MaxLength) text = text[..MaxLength];
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0)
            text = string.Concat(text.EnumerateRunes().Select(r => r.ToString()));
        return text.Contains('\0') ? text.Replace("\0", "", StringComparison.Ordinal) : text;
    }
}
