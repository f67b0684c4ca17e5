using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Peers;

/// <summary>How this archive calls its peers: the one place that knows titles, limits, times and TLS of outbound associations.</summary>
public sealed class PeerConnector(PacsOptions options, DimseTls tls, PeerThrottles throttles)
{
    /// <summary>Opens an association for a job. Blocks.</summary>
    /// <exception cref="PeerAwayException">Nobody listens or answers there, or the peer takes no association now.</exception>
    /// <exception cref="AssociationException">The peer does not want it.</exception>
    public static ClientAssociation Connect(ClientAssociationOptions association, CancellationToken cancellation)
    {
        try
        {
            return ClientAssociation.Connect(association, cancellation);
        }
        catch (AssociationException e) when (IsAway(e))
        {
            throw new PeerAwayException(e.Message);
        }
    }

    /// <summary>
    /// An association could not be opened because the peer is not there, has no room, or knows neither its own name nor ours as
    /// they are configured: that is so for every job until it passes, or a person mends it. Other rejections are of this association.
    /// </summary>
    public static bool IsAway(AssociationException failure) => failure switch
    {
        AssociationRejectedException { Rejection: var rejection } => rejection.IsTransient || rejection == Rejection.CalledAeTitleNotRecognized || rejection == Rejection.CallingAeTitleNotRecognized,
        _ => failure is AssociationClosedException or AssociationTimeoutException,
    };

    /// <summary>The bandwidth that what is sent to the peer shares.</summary>
    public PeerThrottle Throttle(Peer peer) => throttles.For(peer);

    /// <summary>All that <see cref="ClientAssociation.Connect"/> needs.</summary>
    /// <exception cref="JobRunException">The peer speaks DICOMweb only.</exception>
    public ClientAssociationOptions Options(Peer peer, IReadOnlyList<ProposedContext> contexts)
    {
        if (!peer.HasDimse) throw new JobRunException($"{peer.AeTitle} is a DICOMweb server and has no address for DIMSE: give it host and port with PUT /api/v1/peers/{peer.AeTitle}.") { IsLasting = true };
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
