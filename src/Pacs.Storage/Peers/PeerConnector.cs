using Pacs.Dicom.Net;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Peers;

/// <summary>How this archive calls its peers: the one place that knows titles, limits, times and TLS of outbound associations.</summary>
public sealed class PeerConnector(PacsOptions options, DimseTls tls)
{
    /// <summary>All that <see cref="ClientAssociation.Connect"/> needs.</summary>
    /// <exception cref="JobRunException">The peer speaks DICOMweb only.</exception>
    public ClientAssociationOptions Options(Peer peer, IReadOnlyList<ProposedContext> contexts)
    {
        if (!peer.HasDimse) throw new JobRunException($"{peer.AeTitle} is a DICOMweb server and has no address for DIMSE: give it host and port with PUT /api/v1/peers/{peer.AeTitle}.");
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
