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

    /// <summary>
    /// What this requestor is offered of what a service offers: the same, something narrower, or null for nothing. Null
    /// leaves everything as it is.
    /// </summary>
    public Func<IDimseService, ServiceContext, ServiceContext?>? Narrow { get; init; }

    /// <summary>What the services should know of the peer: handed on as <see cref="AssociationInfo.Profile"/>.</summary>
    public object? Profile { get; init; }

    /// <summary>A place taken for the association, given back when it has ended.</summary>
    public IDisposable? Lease { get; init; }

    public static AssociationDecision Reject(Rejection rejection) => new() { Rejection = rejection };
}
