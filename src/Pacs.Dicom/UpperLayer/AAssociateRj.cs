namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// A-ASSOCIATE-RJ (PS3.8 §9.3.4).
/// <code>
/// 0      1   2            6   7        8        9
/// | 03H  | - | length = 4 | - | result | source | reason |
/// </code>
/// </summary>
public sealed record AAssociateRj(Rejection Rejection) : Pdu
{
    public override PduType Type => PduType.AAssociateRj;
}
