using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>
/// Has a peer send by C-MOVE (PS3.4 §C.4.2). The objects come to a listener of this archive, which may be another process: what has
/// arrived is what the database says, and only that. A peer may be silent as long as objects come, and slow as long as it says something.
/// </summary>
internal sealed class MoveRetrieval(
    Peer peer, MoveOrigin origin, bool alsoPresent, PeerConnector connector, MoveOrigins moves, FetchStore fetched, PacsOptions options, TimeProvider time, ILogger logger) : IRemoteRetrieval
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly string[] Syntaxes = [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian];

    private readonly PeerRemote _settings = peer.Remote ?? PeerRemote.Default;
    private StoppableAssociation? _connection;
    private long _lastSign;

    public string WhenMissing => $"{peer.AeTitle} says that it is done, but it has not come here: has {peer.AeTitle} the host of this archive, and port {options.Dimse.Port}, for {Destination}?";

    public async Task<RetrieveEnd> RetrieveAsync(RetrieveSlice slice, Action<RetrievedObject> arrived, CancellationToken stop)
    {
        var missing = slice.Objects.Select(o => o.SopInstanceUid).ToHashSet();
        await fetched.ForgetAsync(origin.JobId, missing, stop);
        Volatile.Write(ref _lastSign, time.GetTimestamp());
        var isStalled = false;
        var move = OwnThread.RunAsync(() => Move(slice, stop));
        var stall = TimeSpan.FromSeconds(_settings.StallSeconds);
        while (await Task.WhenAny(move, Task.Delay(LookEvery, time, CancellationToken.None)) != move)
        {
            if (await LookAsync(missing, arrived) > 0) Volatile.Write(ref _lastSign, time.GetTimestamp());
            if (isStalled || time.GetElapsedTime(Volatile.Read(ref _lastSign)) < stall) continue;
            isStalled = true;
            Volatile.Read(ref _connection)?.Cut();
        }
        try
        {
            var end = await move;
            logger.Retrieved("C-MOVE", slice.Objects.Count, slice.SeriesInstanceUid, peer.AeTitle, end.Status?.ToString("X4") ?? "", end.Message);
            return end;
        }
        catch (OperationCanceledException) when (isStalled)
        {
            throw new RemoteArchiveException(RemoteFault.Failed, $"{peer.AeTitle} neither sent anything nor said anything for {_settings.StallSeconds} seconds.");
        }
        finally
        {
            // The peer was answered before it said so: what it sent is known by now.
            await LookAsync(missing, arrived);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        await moves.EndAsync(origin.JobId, CancellationToken.None);
    }

    private async Task<int> LookAsync(HashSet<string> missing, Action<RetrievedObject> arrived)
    {
        var come = await fetched.ListArrivedAsync(origin.JobId, missing, alsoPresent, CancellationToken.None);
        foreach (var one in come)
            if (missing.Remove(one.SopInstanceUid)) arrived(one);
        return come.Count;
    }

    private RetrieveEnd Move(RetrieveSlice slice, CancellationToken stop)
    {
        var wasOpen = _connection is not null;
        try
        {
            if (_connection is not { Association.IsEstablished: true }) Open(stop);
            wasOpen = true;
            var association = _connection!.Association;
            if (RemoteModels.Accepted(association, _settings.Model, QueryLevel.Study, m => m.Move) is not { } model)
                return new RetrieveEnd(null, true, $"{peer.AeTitle} offers no C-MOVE.", new HashSet<string>()) { IsRefused = true };
            DimseResponse? last = null;
            foreach (var response in association.Move(model.Move, Destination, RetrieveRequests.Identifier(slice, model), origin.MessageId))
            {
                Volatile.Write(ref _lastSign, time.GetTimestamp());
                last = response;
            }
            stop.ThrowIfCancellationRequested();
            // Not every archive says A801 of a destination that it does not know.
            var end = RetrieveRequests.End(last!) with { IsRefused = last!.Status.IsFailure && (last.Command.CompletedSuboperations ?? 0) == 0 };
            return last.Status != DimseStatus.MoveDestinationUnknown ? end : end with
            {
                Message = $"{end.Message}. {peer.AeTitle} does not know {Destination}: enter it there, with the host of this archive and port {options.Dimse.Port}, or set \"remote\": {{\"retrieve\": \"Get\"}} for this peer.",
            };
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

    private string Destination => _settings.MoveDestination ?? options.Dimse.AeTitle;

    private void Open(CancellationToken stop)
    {
        Close();
        var contexts = RemoteModels.Proposed(_settings.Model, QueryLevel.Study).Select(m => new ProposedContext(m.Move, Syntaxes)).ToList();
        // Silence is judged by what arrives as well, which the association does not see.
        _connection = new StoppableAssociation(connector.Options(peer, contexts) with { ResponseTimeout = LongestWait }, stop);
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
