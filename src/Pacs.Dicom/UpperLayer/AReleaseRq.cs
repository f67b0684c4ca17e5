namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// A-RELEASE-RQ (PS3.8 §9.3.6).
/// <code>
/// 0      1   2            6
/// | 05H  | - | length = 4 | reserved |
/// </code>
/// </summary>
public sealed record AReleaseRq : Pdu
{
    public override PduType Type => PduType.AReleaseRq;
}
