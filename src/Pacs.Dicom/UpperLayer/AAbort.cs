namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// A-ABORT (PS3.8 §9.3.8).
/// <code>
/// 0      1   2            6   7   8        9
/// | 07H  | - | length = 4 | - | - | source | reason |
/// </code>
/// </summary>
public sealed record AAbort(AbortSource Source, AbortReason Reason) : Pdu
{
    public override PduType Type => PduType.AAbort;
}
