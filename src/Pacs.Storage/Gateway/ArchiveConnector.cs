using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Gateway;

/// <summary>Calls the archives behind this one.</summary>
public sealed class ArchiveConnector(PeerStore peers, DicomWebConnector connector, TimeProvider time)
{
    /// <summary>So long it is remembered whether there are any, unless this process changes a peer: every query asks.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);

    private volatile Known? _known;

    private sealed record Known(IReadOnlyList<Peer> Peers, int Revision, long Since);

    /// <summary>For one piece of work.</summary>
    /// <exception cref="DicomWebException">There is no such archive any more.</exception>
    public async Task<DicomWebClient> ConnectAsync(string aeTitle, CancellationToken cancellation) =>
        await peers.FindAsync(aeTitle, cancellation) is { Web: not null } peer
            ? Connect(peer)
            : throw new DicomWebException(DicomWebFailure.Away, $"There is no peer {aeTitle} with web any more: add it with PUT /api/v1/peers/{aeTitle}.");

    /// <inheritdoc cref="ConnectAsync"/>
    public DicomWebClient Connect(Peer peer) => connector.Connect(peer, GatewayHeader.Through);

    /// <summary>Archives behind this one, as they were within the last second, and after the last change by this process.</summary>
    public async ValueTask<IReadOnlyList<Peer>> ListAsync(CancellationToken cancellation)
    {
        var revision = peers.Revision;
        if (_known is { } known && known.Revision == revision && time.GetElapsedTime(known.Since) < Remembered) return known.Peers;
        var since = time.GetTimestamp();
        return (_known = new Known(await peers.ListGatewaysAsync(cancellation), revision, since)).Peers;
    }

    /// <summary>Whether files are given up here in trust of an archive behind this one, as of now.</summary>
    public async Task<bool> GivesUpAsync(CancellationToken cancellation) => (await peers.ListGatewaysAsync(cancellation)).Any(p => p.Gateway!.KeepMinutes is not null);

    /// <summary>The one that answers queries here, the first by AE title; null when none does.</summary>
    public async ValueTask<Peer?> FindForQueriesAsync(CancellationToken cancellation)
    {
        foreach (var peer in await ListAsync(cancellation))
            if (peer is { Web: not null, Gateway.Query: not GatewayQuery.Local }) return peer;
        return null;
    }
}
