using Pacs.Storage.Access;

namespace Pacs.Storage.Peers;

/// <summary>A DICOM application that this archive knows: a destination of C-MOVE and of forwarding, and a caller with rules of its own.</summary>
public sealed record Peer(string AeTitle, string Host, int Port)
{
    /// <summary>What it may do when it calls, and how what it sends is treated.</summary>
    public AssociationRules Rules { get; init; } = new();

    /// <summary>Calls to it are secured with TLS. Null for none, the default.</summary>
    public PeerTls? Tls { get; init; }

    /// <summary>What it is told of studies that are complete. Default nothing.</summary>
    public IReadOnlyList<PeerNotification> Notifications { get; init; } = [];
}
