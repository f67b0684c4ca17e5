using Pacs.Dicom.Net;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Peers;

/// <summary>How this archive calls its peers: the one place that knows titles, limits, times and TLS of outbound associations.</summary>
public sealed class PeerConnector(PacsOptions options, DimseTls tls)
{
    /// <summary>All that <see cref="ClientAssociation.Connect"/> needs.</summary>
    public ClientAssociationOptions Options(Peer peer, IReadOnlyList<ProposedContext> contexts)
    {
        var dimse = options.Dimse;
        return new()
        {
            Host = peer.Host,
            Port = peer.Port,
            CalledAeTitle = peer.AeTitle,
            CallingAeTitle = dimse.AeTitle,
            Contexts = contexts,
            Tls = peer.Tls is { } secured ? () => tls.ForPeer(peer, secured) : null,
            MaxReceivePduLength = dimse.MaxReceivePduLength,
            MaxSendPduLength = dimse.MaxSendPduLength,
            ConnectTimeout = TimeSpan.FromSeconds(dimse.ConnectTimeoutSeconds),
            ArtimTimeout = TimeSpan.FromSeconds(dimse.AssociateTimeoutSeconds),
            NetworkTimeout = TimeSpan.FromSeconds(dimse.NetworkTimeoutSeconds),
            IdleTimeout = TimeSpan.FromSeconds(dimse.IdleTimeoutSeconds),
            ResponseTimeout = TimeSpan.FromSeconds(dimse.ResponseTimeoutSeconds),
        };
    }
}
