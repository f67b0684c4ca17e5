using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>An element whose value is read from elsewhere while the data set is written: of any length, never in memory.</summary>
/// <param name="tag">The tag.</param>
/// <param name="vr">Any VR but SQ.</param>
/// <param name="pieces">One after the other they are the value; or each is what one fragment holds, when encapsulated.</param>
/// <param name="isEncapsulated">The value becomes a sequence of fragments (PS3.5 §A.4), behind an empty Basic Offset Table.</param>
public sealed class StreamedElement(Tag tag, Vr vr, IReadOnlyList<StreamedValue> pieces, bool isEncapsulated = false) : DicomElement(tag, vr)
{
    public IReadOnlyList<StreamedValue> Pieces { get; } = pieces;
    public bool IsEncapsulated { get; } = isEncapsulated;

    /// <summary>Bytes of all pieces, without padding.</summary>
    public long Length => Pieces.Sum(p => p.Length);
}
