namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// User information sub-items (PS3.8 Annex D, PS3.7 §D.3.3), each | type | - | length (u16) | content |:
/// <code>
/// 51H maximum length       | u32 |
/// 52H implementation class | UID |
/// 53H async operations     | invoked (u16) | performed (u16) |
/// 54H role selection       | UID length (u16) | UID | SCU | SCP |
/// 55H version name         | text |
/// 56H extended             | UID length (u16) | UID | information |
/// 57H common extended      | UID length (u16) | UID | length (u16) | service class UID | length (u16) | (length (u16), UID)… |
///                            the item's second byte is its version
/// 58H user identity        | type | response requested | length (u16) | primary | length (u16) | secondary |
/// 59H identity response    | length (u16) | response |
/// </code>
/// </summary>
public static partial class PduReader
{
    private static UserInformation ReadUserInformation(ItemReader reader)
    {
        var user = new UserInformation();
        var roles = new List<RoleSelection>();
        var extended = new List<SopClassExtendedNegotiation>();
        var commonExtended = new List<SopClassCommonExtendedNegotiation>();
        while (!reader.IsEmpty)
        {
            var item = reader.Item(out var type, out var second);
            switch (type)
            {
                case ItemType.MaximumLength: user = user with { MaxPduLength = item.UInt32() }; break;
                case ItemType.ImplementationClassUid: user = user with { ImplementationClassUid = item.RestAsText() }; break;
                case ItemType.ImplementationVersionName: user = user with { ImplementationVersionName = item.RestAsText() }; break;
                case ItemType.AsyncOperationsWindow: user = user with { AsyncOperationsWindow = new AsyncOperationsWindow(item.UInt16(), item.UInt16()) }; break;
                case ItemType.RoleSelection: roles.Add(new RoleSelection(item.CountedText(), item.Byte() != 0, item.Byte() != 0)); break;
                case ItemType.SopClassExtendedNegotiation: extended.Add(new SopClassExtendedNegotiation(item.CountedText(), item.RestAsBytes())); break;
                case ItemType.SopClassCommonExtendedNegotiation: commonExtended.Add(ReadCommonExtended(item, second)); break;
                case ItemType.UserIdentity: user = user with { UserIdentity = ReadUserIdentity(item) }; break;
                case ItemType.UserIdentityResponse: user = user with { UserIdentityResponse = item.CountedBytes() }; break;
            }
        }
        return user with { RoleSelections = roles, ExtendedNegotiations = extended, CommonExtendedNegotiations = commonExtended };
    }

    private static SopClassCommonExtendedNegotiation ReadCommonExtended(ItemReader item, byte version)
    {
        var (sopClass, serviceClass, related) = (item.CountedText(), item.CountedText(), new List<string>());
        for (var list = item.Counted(); !list.IsEmpty;) related.Add(list.CountedText());
        return new SopClassCommonExtendedNegotiation(sopClass, serviceClass, related) { Version = version };
    }

    private static UserIdentity ReadUserIdentity(ItemReader item)
    {
        var (type, response) = ((UserIdentityType)item.Byte(), item.Byte() != 0);
        return new UserIdentity(type, item.CountedBytes()) { PositiveResponseRequested = response, SecondaryField = item.CountedBytes() };
    }
}
