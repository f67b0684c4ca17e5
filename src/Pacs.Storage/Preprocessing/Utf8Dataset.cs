using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Preprocessing;

/// <summary>A data set re-encoded in UTF-8, in its place: bulk elements stay.</summary>
internal static class Utf8Dataset
{
    /// <summary>A data set, which says so from then on.</summary>
    public static void Convert(DicomDataset dataset)
    {
        var from = dataset.CharacterSet;
        ConvertItem(dataset, from);
        dataset.Set(new ValueElement(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 192"u8.ToArray()));
    }

    /// <summary>What is to be an item of it.</summary>
    public static void ConvertItem(DicomDataset dataset, SpecificCharacterSet from)
    {
        var converted = dataset.Select(e => Convert(e, from)).ToList();
        foreach (var element in converted.Where(e => e.Tag != SpecificCharacterSet.Tag)) dataset.Set(element);
    }

    private static DicomElement Convert(DicomElement element, SpecificCharacterSet from)
    {
        switch (element)
        {
            case ValueElement value when value.Vr.UsesSpecificCharacterSet && !value.Value.IsEmpty:
                var bytes = SpecificCharacterSet.Utf8.Encode(from.Decode(value.Value.Span, value.Vr), value.Vr);
                return new ValueElement(value.Tag, value.Vr, (bytes.Length & 1) == 0 ? bytes : [.. bytes, value.Vr.Padding]);
            case SequenceElement sequence:
                return new SequenceElement(sequence.Tag, [.. sequence.Items.Select(Item)], sequence.HasUndefinedLength, sequence.Vr);
            default:
                return element;
        }
    }

    private static DicomDataset Item(DicomDataset item)
    {
        var converted = new DicomDataset { HasUndefinedLength = item.HasUndefinedLength };
        foreach (var element in item)
            if (element.Tag != SpecificCharacterSet.Tag) converted.Set(Convert(element, item.CharacterSet));
        return converted;
    }
}
