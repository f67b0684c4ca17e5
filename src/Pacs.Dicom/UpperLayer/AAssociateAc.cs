namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// A-ASSOCIATE-AC (PS3.8 §9.3.3).
/// <code>
/// 0      1   2        6         8    10       26        42         74
/// | 02H  | - | length | version | - | called | calling | reserved | items
///
/// item   10H application context   | type | - | length (u16) | name |
///        21H presentation context  | type | - | length (u16) | id | - | result | - | 40H transfer syntax |
///        50H user information      | type | - | length (u16) | sub-items: see <see cref="UserInformation"/> |
/// </code>
/// </summary>
public sealed record AAssociateAc : Pdu
{
    public override PduType Type => PduType.AAssociateAc;

    public ushort ProtocolVersion { get; init; } = 1;

    /// <summary>As in the request; not to be tested when received.</summary>
    public required string CalledAeTitle { get; init; }

    /// <summary>As in the request; not to be tested when received.</summary>
    public required string CallingAeTitle { get; init; }

    public string ApplicationContextName { get; init; } = Dictionaries.Uids.DICOMApplicationContext;
    public IReadOnlyList<PresentationContextResult> PresentationContexts { get; init; } = [];
    public UserInformation UserInformation { get; init; } = new();
}
