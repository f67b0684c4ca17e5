namespace Pacs.Dicom.Parsing;

internal enum TokenKind
{
    /// <summary>An element whose value follows.</summary>
    Value,
    Sequence,
    Item,
    ItemEnd,
    SequenceEnd,

    /// <summary>An element of encapsulated data; its items follow as <see cref="Fragment"/>s.</summary>
    Fragments,
    Fragment,
    FragmentsEnd,
}
