namespace Pacs.Dicom.Images;

/// <summary>
/// Boxes of JP2 and MP4 files (ISO 15444-1 §I.4, 14496-12 §4.2).
/// <code>
///   length 4 (0: to the end, 1: in 8 bytes that follow) | type 4 | [length 8] | content
/// </code>
/// </summary>
internal static class Boxes
{
    /// <exception cref="ImageFormatException">A length that is none.</exception>
    /// <exception cref="EndOfStreamException">There is no box.</exception>
    public static (uint Type, long Content, long End) Read(ImageInput input, long position, long limit)
    {
        if (position + 8 > limit) throw new EndOfStreamException();
        input.Position = position;
        ulong length = input.UInt32();
        var type = input.UInt32();
        if (length == 1) length = input.UInt64();
        else if (length == 0) length = (ulong)(limit - position);
        var content = input.Position;
        if (length < (ulong)(content - position) || length > (ulong)(limit - position)) throw new ImageFormatException("A box of the file has a length that is none.");
        return (type, content, position + (long)length);
    }
}
