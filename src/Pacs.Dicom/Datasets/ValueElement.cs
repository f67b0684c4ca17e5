using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>An element whose value is held in memory.</summary>
/// <param name="tag">The tag.</param>
/// <param name="vr">Any VR but SQ.</param>
/// <param name="value">Little-endian bytes as encoded, padding included; characters in the data set's character set.</param>
public sealed class ValueElement(Tag tag, Vr vr, ReadOnlyMemory<byte> value) : DicomElement(tag, vr)
{
    public ReadOnlyMemory<byte> Value { get; } = value;
}
