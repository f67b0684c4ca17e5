using System.Collections.Frozen;
using System.Net;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>An established association, as both sides see it.</summary>
public sealed record AssociationInfo
{
    /// <summary>Unique within this process; in every log line of the association.</summary>
    public required long Id { get; init; }

    public required string CallingAeTitle { get; init; }
    public required string CalledAeTitle { get; init; }
    public required IPEndPoint RemoteEndPoint { get; init; }

    /// <summary>What was accepted, by identifier.</summary>
    public required IReadOnlyList<PresentationContext> Contexts { get; init; }

    /// <summary>What the peer said of itself: implementation, roles, extended negotiation, identity.</summary>
    public required UserInformation Peer { get; init; }

    /// <summary>What was answered to the extended negotiation of SOP classes (PS3.7 §D.3.3.5), by SOP Class UID.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> ExtendedNegotiation { get; init; } = FrozenDictionary<string, ReadOnlyMemory<byte>>.Empty;

    /// <summary>Of the policy, for the services: <see cref="AssociationDecision.Profile"/>.</summary>
    public object? Profile { get; init; }

    /// <summary><see cref="AssociationListenerOptions.Name"/> of the listener that accepted it; empty when this side asked.</summary>
    public string ListenerName { get; init; } = "";

    /// <summary>Longest P-DATA-TF variable field sent, in bytes.</summary>
    public required int MaxSendPduLength { get; init; }
}
