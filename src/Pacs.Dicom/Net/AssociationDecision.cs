using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>What a policy says of an association request.</summary>
public sealed record AssociationDecision
{
    public static AssociationDecision Accept { get; } = new();

    /// <summary>Null to accept.</summary>
    public Rejection? Rejection { get; private init; }

    /// <summary>The identity was verified and a response asked for: its bytes (PS3.7 §D.3.3.7.2). Null answers nothing.</summary>
    public ReadOnlyMemory<byte>? UserIdentityResponse { get; init; }

    public static AssociationDecision Reject(Rejection rejection) => new() { Rejection = rejection };
}
