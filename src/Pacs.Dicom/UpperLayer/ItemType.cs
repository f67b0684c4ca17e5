namespace Pacs.Dicom.UpperLayer;

/// <summary>Items and sub-items of A-ASSOCIATE PDUs: PS3.8 §9.3.2, §9.3.3 and Annex D, PS3.7 §D.3.3.</summary>
internal enum ItemType : byte
{
    ApplicationContext = 0x10,
    PresentationContextProposal = 0x20,
    PresentationContextResult = 0x21,
    AbstractSyntax = 0x30,
    TransferSyntax = 0x40,
    UserInformation = 0x50,
    MaximumLength = 0x51,
    ImplementationClassUid = 0x52,
    AsyncOperationsWindow = 0x53,
    RoleSelection = 0x54,
    ImplementationVersionName = 0x55,
    SopClassExtendedNegotiation = 0x56,
    SopClassCommonExtendedNegotiation = 0x57,
    UserIdentity = 0x58,
    UserIdentityResponse = 0x59,
}
