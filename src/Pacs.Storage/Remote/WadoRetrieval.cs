using Microsoft.Extensions.Logging;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Remote;

/// <summary>Gets objects by WADO-RS (PS3.18 §10.4): a series in one answer, or what is missing of it one by one.</summary>
internal sealed class WadoRetrieval(Peer peer, long jobId, DicomWebConnector connector, FetchStore fetched, PacsOptions options, ILogger logger) : IRemoteRetrieval
{
    public string WhenMissing => $"{peer.AeTitle} did not send it, and does not say why.";

    public async Task<RetrieveEnd> RetrieveAsync(RetrieveSlice slice, Action<RetrievedObject> arrived, CancellationToken stop)
    {
        var wanted = slice.IsWholeSeries
            ? [new DicomWebResource(slice.StudyInstanceUid, slice.SeriesInstanceUid)]
            : slice.Objects.Select(o => new DicomWebResource(o.StudyInstanceUid, o.SeriesInstanceUid, o.SopInstanceUid));
        var source = new IngestSource("WADO-RS") { CallingAeTitle = peer.AeTitle, CalledAeTitle = options.Dimse.AeTitle, FetchedFrom = peer.AeTitle };
        var rules = IngestRules.OfUnnegotiated(peer.Rules.Over(options.Dimse.Rules));
        RetrieveEnd? refused = null;
        try
        {
            var client = connector.Connect(peer);
            foreach (var resource in wanted)
            {
                stop.ThrowIfCancellationRequested();
                try
                {
                    await foreach (var result in client.RetrieveAsync(resource, source, rules, stop)) await TellAsync(result, arrived);
                }
                catch (DicomWebException e) when (e.Failure == DicomWebFailure.Refused)
                {
                    // One that the server does not give says nothing of the others.
                    refused = new RetrieveEnd(e.Status, true, e.Message, new HashSet<string>());
                }
            }
        }
        catch (DicomWebException e)
        {
            throw RemoteArchiveException.Of(e);
        }
        logger.Retrieved("WADO-RS", slice.Objects.Count, slice.SeriesInstanceUid, peer.AeTitle, refused is null ? "" : $"{refused.Status}", refused?.Message ?? "");
        return refused ?? RetrieveEnd.Success;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task TellAsync(IngestResult result, Action<RetrievedObject> arrived)
    {
        if (result.SopInstanceUid is not { } uid) return;
        if (!result.IsSuccess)
        {
            var status = StoreStatus.Of(result);
            logger.FetchedRefused(uid, peer.AeTitle, status, result.Message);
            arrived(new RetrievedObject(uid, status.Value, result.Message));
            return;
        }
        var stored = await fetched.ListArrivedAsync(jobId, [uid], alsoPresent: true, CancellationToken.None);
        arrived(stored is [var one] ? one : new RetrievedObject(uid, 0));
    }
}
