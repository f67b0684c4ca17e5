using System.Text;

namespace Pacs.Dicom.UpperLayer;

/// <summary>User Identity Negotiation (PS3.7 §D.3.3.7.1). A claim: it grants nothing until a policy has verified it.</summary>
/// <param name="Type">Other values than the standard's may come from a peer.</param>
/// <param name="PrimaryField">User name in UTF-8, ticket, assertion or token.</param>
public sealed record UserIdentity(UserIdentityType Type, ReadOnlyMemory<byte> PrimaryField)
{
    /// <summary>The passcode in UTF-8, for <see cref="UserIdentityType.UserNameAndPasscode"/> only.</summary>
    public ReadOnlyMemory<byte> SecondaryField { get; init; }

    /// <summary>The requestor wants to be told that the identity was accepted.</summary>
    public bool PositiveResponseRequested { get; init; }

    /// <summary>The user name of types 1 and 2; null for the others.</summary>
    public string? UserName =>
        Type is UserIdentityType.UserName or UserIdentityType.UserNameAndPasscode ? Encoding.UTF8.GetString(PrimaryField.Span) : null;

    /// <summary>Type only: fields are secrets or persons.</summary>
    public override string ToString() => Type.ToString();
}
