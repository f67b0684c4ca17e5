using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Access;

/// <summary>What becomes of an association request, and why.</summary>
public sealed record AccessVerdict
{
    /// <summary>Null when it is accepted.</summary>
    public Rejection? Rejection { get; init; }

    /// <summary>For the log, and for people who try rules out.</summary>
    public required string Reason { get; init; }

    /// <summary>The access rule that decided; null when none matched.</summary>
    public AccessRule? Rule { get; init; }

    /// <summary>The known peer that calls; null for none.</summary>
    public Peer? Peer { get; init; }

    /// <summary>What applies to the association: of the peer over the access rule over the listener over the configuration.</summary>
    public AssociationRules Rules { get; init; } = new();
}
