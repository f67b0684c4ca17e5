namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// A-RELEASE-RP (PS3.8 §9.3.7).
/// <code>
/// 0      1   2            6
/// | 06H  | - | length = 4 | reserved |
/// </code>
/// </summary>
public sealed record AReleaseRp : Pdu
{
    public override PduType Type => PduType.AReleaseRp;
}
