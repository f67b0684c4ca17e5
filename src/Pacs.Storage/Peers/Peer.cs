using System.Text.Json.Serialization;
using Pacs.Storage.Access;
using Pacs.Storage.Gateway;

namespace Pacs.Storage.Peers;

/// <summary>A DICOM application that this archive knows: a destination of C-MOVE and of forwarding, and a caller with rules of its own.</summary>
/// <param name="AeTitle">By which it is called, and calls; of a DICOMweb server the name by which it is known here.</param>
/// <param name="Host">Name or IP address where it listens; empty for one that speaks DICOMweb only.</param>
/// <param name="Port">TCP port, 1 to 65535; 0 for one that speaks DICOMweb only.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record Peer(string AeTitle, string Host = "", int Port = 0)
{
    /// <summary>IP addresses and networks that it calls from; calls in its name from elsewhere are rejected (1/1/3). Empty for any, the default.</summary>
    public IReadOnlyList<string> Addresses { get; init => field = value ?? []; } = [];

    /// <summary>What it may do when it calls, and how what it sends is treated.</summary>
    public AssociationRules Rules { get; init => field = value ?? new(); } = new();

    /// <summary>Calls to it are secured with TLS. Null for none, the default.</summary>
    public PeerTls? Tls { get; init; }

    /// <summary>What it is told of studies that are complete. Default nothing.</summary>
    public IReadOnlyList<PeerNotification> Notifications { get; init => field = value ?? []; } = [];

    /// <summary>How it is searched and fetched from. Null for <see cref="PeerRemote.Default"/>.</summary>
    public PeerRemote? Remote { get; init; }

    /// <summary>It is a DICOMweb server: outbound work talks DICOMweb to it. Null for DIMSE, the default.</summary>
    public PeerWeb? Web { get; init; }

    /// <summary>It is an archive behind this one: what arrives is uploaded to it, and what is there can be had here. Null when it is not, the default.</summary>
    public PeerGateway? Gateway { get; init; }

    /// <summary>How it is asked to take responsibility for objects. Null for <see cref="PeerCommitment.Default"/>.</summary>
    public PeerCommitment? Commitment { get; init; }

    /// <summary>It has an address for DIMSE.</summary>
    [JsonIgnore]
    public bool HasDimse => Host.Length > 0;

    /// <summary>How jobs treat it: how many at a time, when, how fast.</summary>
    public PeerOutbound Outbound { get; init => field = value ?? new(); } = new();
}
