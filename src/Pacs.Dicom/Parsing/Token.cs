using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Parsing;

/// <summary>One step through an encoded data set.</summary>
/// <param name="Kind">What comes.</param>
/// <param name="Tag">Of the element, or of the sequence that an item or end belongs to.</param>
/// <param name="Vr">Of the element or sequence.</param>
/// <param name="Length">As declared; of a value or fragment, the bytes to follow.</param>
/// <param name="HeaderLength">Bytes of the header just read; 0 for an end that is told by a length alone.</param>
/// <param name="Encoding">Of this header and its value.</param>
internal readonly record struct Token(TokenKind Kind, Tag Tag, Vr Vr, uint Length, int HeaderLength, ElementEncoding Encoding)
{
    public bool HasUndefinedLength => Length == ElementEncoding.UndefinedLength;
}
