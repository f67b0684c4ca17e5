using Microsoft.Extensions.Logging;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Remote;

/// <summary>Peers as archives to search and to fetch from: DICOMweb servers over DICOMweb, all others over DIMSE.</summary>
public sealed class RemoteArchives(
    PeerConnector connector, DicomWebConnector web, IngestService ingest, MoveOrigins moves, FetchStore fetched, PacsOptions options, TimeProvider time, ILogger<RemoteArchives> logger)
{
    public IRemoteArchive Of(Peer peer) => peer.Web is null ? new DimseArchive(peer, connector) : new DicomWebArchive(peer, web);

    /// <summary>How objects come from the peer for a job.</summary>
    /// <param name="peer">From where.</param>
    /// <param name="jobId">For which job.</param>
    /// <param name="byGet">C-GET rather than C-MOVE, where the peer is asked over DIMSE.</param>
    /// <param name="alsoPresent">An object that is here counts as come, whoever brought it.</param>
    /// <param name="cancellation">Ends the beginning.</param>
    public async Task<IRemoteRetrieval> BeginRetrievalAsync(Peer peer, long jobId, bool byGet, bool alsoPresent, CancellationToken cancellation) =>
        peer.Web is not null ? new WadoRetrieval(peer, jobId, web, fetched, options, logger)
        : byGet ? new GetRetrieval(peer, connector, ingest, options, logger)
        : new MoveRetrieval(peer, await moves.BeginAsync(jobId, peer.AeTitle, cancellation), alsoPresent, connector, moves, fetched, options, time, logger);
}
