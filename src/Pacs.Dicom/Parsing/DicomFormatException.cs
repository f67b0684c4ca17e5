using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Parsing;

/// <summary>Bytes that are not a DICOM data set. The message never holds a value of the data set.</summary>
public sealed class DicomFormatException(string message, long offset, Tag? tag = null)
    : DicomException(tag is { } t ? $"{message} At byte {offset}, element {t}." : $"{message} At byte {offset}.")
{
    /// <summary>Bytes from the start of what was being read to the place of the fault.</summary>
    public long Offset { get; } = offset;

    /// <summary>The element being read, if one had begun.</summary>
    public Tag? Tag { get; } = tag;
}
