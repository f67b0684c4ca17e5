namespace Pacs.Dicom.UpperLayer;

/// <summary>User-Identity-Type (PS3.7 Table D.3-14).</summary>
public enum UserIdentityType : byte
{
    UserName = 1,
    UserNameAndPasscode = 2,
    KerberosServiceTicket = 3,
    SamlAssertion = 4,
    JsonWebToken = 5,
}
