namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// P-DATA-TF (PS3.8 §9.3.5), one or more presentation data values. Associations read it piece by piece with
/// <see cref="PDataReader"/> rather than as one object.
/// <code>
/// 0      1   2        6
/// | 04H  | - | length | presentation data values
///
/// value  0              4    5
///        | length (u32) | id | control | fragment |      length counts id, control and fragment
/// </code>
/// </summary>
public sealed record PDataTf(params IReadOnlyList<PresentationDataValue> Values) : Pdu
{
    public override PduType Type => PduType.PDataTf;
}
