using Pacs.Storage.Peers;

namespace Pacs.Storage.Remote;

/// <summary>Peers as archives to ask.</summary>
public sealed class RemoteArchives(PeerConnector connector)
{
    /// <summary>Asks over what the peer is known by.</summary>
    public IRemoteArchive Of(Peer peer) => new DimseArchive(peer, connector);
}
