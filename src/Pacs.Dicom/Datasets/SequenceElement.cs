using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>A sequence of items (PS3.5 §7.5). VR is SQ, or UN for one read from a UN of undefined length (PS3.5 §6.2.2).</summary>
public sealed class SequenceElement : DicomElement
{
    public SequenceElement(Tag tag, IReadOnlyList<DicomDataset> items, bool hasUndefinedLength = false, Vr vr = Vr.SQ) : base(tag, vr)
        => (Items, HasUndefinedLength) = (items, hasUndefinedLength);

    public IReadOnlyList<DicomDataset> Items { get; }

    /// <summary>Ends with a delimitation item rather than after a stated length.</summary>
    public bool HasUndefinedLength { get; }
}
