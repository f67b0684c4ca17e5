using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>
/// An element whose value was left where it is: a large value, or encapsulated pixel data.
/// </summary>
/// <param name="tag">The tag.</param>
/// <param name="vr">As encoded.</param>
/// <param name="offset">Of the value's first byte (for encapsulated data: of the first item), in bytes from the start of the encoded data set.</param>
/// <param name="length">Bytes; for encapsulated data up to and with the sequence delimitation item.</param>
/// <param name="isEncapsulated">The value is a sequence of fragments (PS3.5 §A.4).</param>
public sealed class BulkElement(Tag tag, Vr vr, long offset, long length, bool isEncapsulated) : DicomElement(tag, vr)
{
    public long Offset { get; } = offset;
    public long Length { get; } = length;
    public bool IsEncapsulated { get; } = isEncapsulated;
}
