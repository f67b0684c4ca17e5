using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>
/// Gets objects by C-GET (PS3.4 §C.4.3), over the association that asks. One association serves slice after slice while its contexts
/// do; there are 128 of them at most.
/// </summary>
internal sealed class GetRetrieval(Peer peer, PeerConnector connector, IngestService ingest, PacsOptions options, ILogger logger) : IRemoteRetrieval
{
    private const int MaxContexts = 128;

    private static readonly string[] Syntaxes = [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian];

    private readonly PeerRemote _settings = peer.Remote ?? PeerRemote.Default;
    private readonly AssociationRules _rules = peer.Rules.Over(options.Dimse.Rules);
    private StoppableAssociation? _connection;
    private HashSet<string> _proposed = [];

    public string WhenMissing => $"{peer.AeTitle} did not send it, and does not say why.";

    public async Task<RetrieveEnd> RetrieveAsync(RetrieveSlice slice, Action<RetrievedObject> arrived, CancellationToken stop)
    {
        var end = await OwnThread.RunAsync(() => Get(slice, arrived, stop));
        logger.Retrieved("C-GET", slice.Objects.Count, slice.SeriesInstanceUid, peer.AeTitle, end.Status?.ToString("X4") ?? "", end.Message);
        return end;
    }

    public ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        return ValueTask.CompletedTask;
    }

    private RetrieveEnd Get(RetrieveSlice slice, Action<RetrievedObject> arrived, CancellationToken stop)
    {
        var wasOpen = _connection is not null;
        try
        {
            var contexts = Contexts(slice);
            if (contexts.Count == 0) return new RetrieveEnd(null, true, $"The rules of {peer.AeTitle} bar the SOP class of these objects, or their transfer syntaxes.", new HashSet<string>());
            if (_connection is not { Association.IsEstablished: true } || !contexts.All(c => _proposed.Contains(Key(c)))) Open(contexts, stop);
            wasOpen = true;
            var association = _connection!.Association;
            if (RemoteModels.Accepted(association, _settings.Model, QueryLevel.Study, m => m.Get) is not { } model)
                return new RetrieveEnd(null, true, $"{peer.AeTitle} offers no C-GET.", new HashSet<string>()) { IsRefused = true };
            var receiver = new FetchReceiver(ingest, IngestRules.OfUnnegotiated(_rules), peer.AeTitle, options.Dimse.AeTitle, arrived, logger);
            DimseResponse? last = null;
            foreach (var response in association.Get(model.Get, RetrieveRequests.Identifier(slice, model), receiver)) last = response;
            stop.ThrowIfCancellationRequested();
            return RetrieveRequests.End(last!);
        }
        catch (AssociationException e)
        {
            Close();
            throw RemoteArchiveException.Of(e, wasOpen);
        }
        catch
        {
            Close();
            throw;
        }
    }

    private List<ProposedContext> Contexts(RetrieveSlice slice)
    {
        var contexts = new GetContexts(_rules);
        // A peer that does not tell the class of its objects is offered the images that there are most of.
        return [.. slice.Objects
            .GroupBy(o => o.SopClassUid)
            .SelectMany(g => g.Key.Length > 0 ? contexts.Of(g.Key, g.Select(o => o.TransferSyntaxUid).ToHashSet()) : SopClassRegistry.Storage.SelectMany(c => contexts.Of(c.Uid, new HashSet<string>())))
            .Take(MaxContexts - InformationModel.All.Count)];
    }

    private void Open(List<ProposedContext> contexts, CancellationToken stop)
    {
        Close();
        var services = RemoteModels.Proposed(_settings.Model, QueryLevel.Study).Select(m => new ProposedContext(m.Get, Syntaxes));
        // A peer that says nothing for so long has stalled: its objects and its responses come over this association, all of them.
        var stall = TimeSpan.FromSeconds(_settings.StallSeconds);
        _connection = new StoppableAssociation(connector.Options(peer, [.. services, .. contexts]) with { ResponseTimeout = stall }, stop);
        _proposed = [.. contexts.Select(Key)];
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
        _proposed = [];
    }

    private static string Key(ProposedContext context) => $"{context.AbstractSyntax} {string.Join(' ', context.TransferSyntaxes)}";
}
