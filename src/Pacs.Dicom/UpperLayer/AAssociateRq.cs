namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// A-ASSOCIATE-RQ (PS3.8 §9.3.2).
/// <code>
/// 0      1   2        6         8    10       26        42         74
/// | 01H  | - | length | version | - | called | calling | reserved | items
///
/// item   10H application context   | type | - | length (u16) | name |
///        20H presentation context  | type | - | length (u16) | id | - | - | - | sub-items |
///            30H abstract syntax   | type | - | length (u16) | UID |
///            40H transfer syntax   | type | - | length (u16) | UID |   one or more
///        50H user information      | type | - | length (u16) | sub-items: see <see cref="UserInformation"/> |
/// </code>
/// </summary>
public sealed record AAssociateRq : Pdu
{
    public override PduType Type => PduType.AAssociateRq;

    /// <summary>Bit 0 is version 1, the only one (PS3.8 §9.3.2).</summary>
    public ushort ProtocolVersion { get; init; } = 1;

    /// <summary>Without padding.</summary>
    public required string CalledAeTitle { get; init; }

    /// <summary>Without padding.</summary>
    public required string CallingAeTitle { get; init; }

    public string ApplicationContextName { get; init; } = Dictionaries.Uids.DICOMApplicationContext;
    public IReadOnlyList<PresentationContextProposal> PresentationContexts { get; init; } = [];
    public UserInformation UserInformation { get; init; } = new();
}
