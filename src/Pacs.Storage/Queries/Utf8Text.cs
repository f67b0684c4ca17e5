using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries;

/// <summary>Elements re-encoded from the character set they were received in to UTF-8, the one of answers.</summary>
internal static class Utf8Text
{
    /// <summary>(0008,0005) ISO_IR 192.</summary>
    public static ValueElement CharacterSetElement { get; } = new(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 192"u8.ToArray());

    /// <param name="element">Of <paramref name="owner"/>.</param>
    /// <param name="owner">Says the character set.</param>
    public static DicomElement Convert(DicomElement element, DicomDataset owner)
    {
        if (owner.CharacterSet == SpecificCharacterSet.Utf8) return element;
        return element switch
        {
            ValueElement value when value.Vr.UsesSpecificCharacterSet && !IsAscii(value.Value.Span) => Convert(value, owner.CharacterSet),
            SequenceElement sequence => new SequenceElement(sequence.Tag, [.. sequence.Items.Select(Convert)], sequence.HasUndefinedLength, sequence.Vr),
            _ => element,
        };
    }

    private static DicomDataset Convert(DicomDataset item)
    {
        var converted = new DicomDataset();
        foreach (var element in item)
            if (element.Tag != SpecificCharacterSet.Tag && element is not BulkElement) converted.Set(Convert(element, item));
        return converted;
    }

    private static ValueElement Convert(ValueElement value, SpecificCharacterSet from)
    {
        var bytes = SpecificCharacterSet.Utf8.Encode(from.Decode(value.Value.Span, value.Vr), value.Vr);
        return new ValueElement(value.Tag, value.Vr, (bytes.Length & 1) == 0 ? bytes : [.. bytes, value.Vr.Padding]);
    }

    /// <summary>The escape of ISO 2022 is ASCII as well, and switches to what is not.</summary>
    private static bool IsAscii(ReadOnlySpan<byte> bytes) => System.Text.Ascii.IsValid(bytes) && !bytes.Contains((byte)0x1B);
}
