namespace Pacs.Dicom.UpperLayer;

/// <summary>A fragment of a message with its message control header (PS3.8 §E.2). Read in pieces, it may be a part of one.</summary>
/// <param name="ContextId">Presentation context.</param>
/// <param name="IsCommand">Of the command set; otherwise of the data set.</param>
/// <param name="IsLast">Ends the command set or data set.</param>
/// <param name="Data">The bytes.</param>
public readonly record struct PresentationDataValue(byte ContextId, bool IsCommand, bool IsLast, ReadOnlyMemory<byte> Data)
{
    /// <summary>Length, context and control before each fragment.</summary>
    public const int HeaderLength = 6;

    internal const byte CommandFlag = 0x01;
    internal const byte LastFlag = 0x02;
}
