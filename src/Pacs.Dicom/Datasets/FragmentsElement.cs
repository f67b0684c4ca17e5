using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>Encapsulated data held in memory (PS3.5 §A.4).</summary>
/// <param name="tag">Pixel Data, as a rule.</param>
/// <param name="vr">OB, or what was encoded.</param>
/// <param name="fragments">Values of the items; the first is the Basic Offset Table, often empty.</param>
public sealed class FragmentsElement(Tag tag, Vr vr, IReadOnlyList<ReadOnlyMemory<byte>> fragments) : DicomElement(tag, vr)
{
    public IReadOnlyList<ReadOnlyMemory<byte>> Fragments { get; } = fragments;
}
