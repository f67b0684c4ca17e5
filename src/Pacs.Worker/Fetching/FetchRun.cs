using System.Collections.Concurrent;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.Storage.Remote;
using Pacs.Storage.Sending;

namespace Pacs.Worker.Fetching;

/// <summary>One run of a fetch.</summary>
internal sealed class FetchRun(JobRun run, Peer peer, FetchParameters wanted, RemoteArchives archives, FetchStore fetched, CancellationToken stop) : IAsyncDisposable
{
    /// <summary>Retrievals in a row that may break off before the run is given up.</summary>
    private const int MaxBroken = 2;

    /// <summary>Objects asked for by their UIDs in one request: their list has to fit into one value of 64 KB.</summary>
    private const int MaxSlice = 900;

    /// <summary>Objects of one job: more than any study has.</summary>
    private const int MaxObjects = 1_000_000;

    private readonly ConcurrentDictionary<string, JobObject> _open = [];
    private IRemoteRetrieval? _retrieval;
    private bool _byGet = peer.Remote?.Retrieve == RetrieveMethod.Get;

    public async Task RunAsync()
    {
        var isNew = run.Job.ObjectsTotal == 0;
        if (isNew) await ListAsync(wanted.Objects);
        await ClaimAsync();
        var known = await fetched.ReadAsync(run.Job.Id, stop);
        if (_open.Keys.Any(uid => !known.ContainsKey(uid)))
        {
            // What was not there may have come since.
            if (!isNew && await ListAsync([.. wanted.Objects.Where(s => _open.ContainsKey(s.Uid) && !known.ContainsKey(s.Uid))]) > 0) await ClaimAsync();
            known = await fetched.ReadAsync(run.Job.Id, stop);
            EndThoseNamed(known);
        }
        foreach (var here in await fetched.ListArrivedAsync(run.Job.Id, [.. _open.Keys], alsoPresent: !wanted.Force, stop))
            if (here.Status == 0) Arrived(here);
        await RetrieveAsync(known);
    }

    public ValueTask DisposeAsync() => _retrieval?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Asks what there is, and adds it to the job. Of what is not there at all the name stands for itself.</summary>
    /// <returns>How many were added.</returns>
    private async Task<int> ListAsync(IReadOnlyList<FetchSelection> selections)
    {
        var archive = archives.Of(peer);
        var found = new Dictionary<string, RemoteObject>();
        var items = new List<JobItem>();
        foreach (var selection in selections)
        {
            var before = found.Count;
            await foreach (var match in archive.FindAsync(QueryOf(selection), stop))
            {
                if (match.GetString(Tags.SOPInstanceUID) is not { } uid || (match.GetString(Tags.SeriesInstanceUID) ?? selection.SeriesInstanceUid) is not { } series) continue;
                if (!Uid.IsAcceptable(uid) || !Uid.IsAcceptable(series)) continue;
                if (found.Count >= MaxObjects) throw new JobRunException($"{peer.AeTitle} has more than {MaxObjects} objects of what is asked for: fetch them in several jobs.") { IsLasting = true };
                found[uid] = new RemoteObject(selection.StudyInstanceUid, series, uid, UidOf(match.GetString(Tags.SOPClassUID)), UidOf(match.GetStrings(Tags.AvailableTransferSyntaxUID) is [var one] ? one : null), match.GetString(Tags.PatientID)?.Trim() ?? "");
            }
            if (found.Count == before) items.Add(new JobItem(selection.Uid));
        }
        await fetched.AddAsync(run.Job.Id, [.. found.Values], stop);
        return (await run.AddAsync([.. found.Keys.Select(uid => new JobItem(uid)), .. items], stop)).Count;
    }

    private static QuerySpec QueryOf(FetchSelection selection)
    {
        var keys = new List<MatchingKey> { Key(Tags.StudyInstanceUID, selection.StudyInstanceUid) };
        if (selection.SeriesInstanceUid is { } series) keys.Add(Key(Tags.SeriesInstanceUID, series));
        if (selection.SopInstanceUid is { } instance) keys.Add(Key(Tags.SOPInstanceUID, instance));
        return new QuerySpec(QueryLevel.Instance) { Keys = keys, Return = [new(Tags.SOPClassUID), new(Tags.AvailableTransferSyntaxUID)] };
    }

    private static MatchingKey Key(Tag tag, string uid) => new(new AttributePath(tag), Vr.UI, [uid]);

    private static string UidOf(string? text) => text is not null && Uid.IsAcceptable(text) ? text : "";

    private async Task ClaimAsync()
    {
        while (await run.ClaimAsync(stop) is { Count: > 0 } batch)
            foreach (var item in batch) _open[item.SopInstanceUid] = item;
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Names for which the other archive has nothing fail; those for which it has something now are done with it.</summary>
    private void EndThoseNamed(Dictionary<string, RemoteObject> known)
    {
        foreach (var (uid, item) in _open.Where(o => !known.ContainsKey(o.Key)).ToList())
        {
            _open.TryRemove(uid, out _);
            var isThere = known.Values.Any(o => o.StudyInstanceUid == uid || o.SeriesInstanceUid == uid);
            run.Report(isThere ? new JobObjectResult(item.Number, JobState.Done) : new JobObjectResult(item.Number, JobState.Failed, null, $"{peer.AeTitle} has nothing of it."));
        }
    }

    private async Task RetrieveAsync(Dictionary<string, RemoteObject> known)
    {
        var broken = 0;
        foreach (var slice in Slices(known))
        {
            stop.ThrowIfCancellationRequested();
            foreach (var one in slice.Objects)
                if (_open.TryGetValue(one.SopInstanceUid, out var item)) run.Begin(item);
            try
            {
                await SettleAsync(slice, await RetrieveAsync(slice));
                broken = 0;
            }
            catch (RemoteArchiveException e)
            {
                End(slice, JobState.Waiting, e.Status, _ => e.Message);
                if (e.Fault != RemoteFault.Failed || ++broken >= MaxBroken) throw;
            }
        }
    }

    private async Task<RetrieveEnd> RetrieveAsync(RetrieveSlice slice)
    {
        _retrieval ??= await archives.BeginRetrievalAsync(peer, run.Job.Id, _byGet, alsoPresent: !wanted.Force, stop);
        var end = await _retrieval.RetrieveAsync(slice, Arrived, stop);
        if (!end.IsRefused || _byGet || peer.Web is not null || (peer.Remote?.Retrieve ?? RetrieveMethod.Any) != RetrieveMethod.Any) return end;

        // What it does not send elsewhere it may give to who asks.
        await _retrieval.DisposeAsync();
        (_byGet, _retrieval) = (true, await archives.BeginRetrievalAsync(peer, run.Job.Id, byGet: true, alsoPresent: !wanted.Force, stop));
        var second = await _retrieval.RetrieveAsync(slice, Arrived, stop);
        return second.IsRefused ? end with { Message = $"{end.Message} {second.Message}" } : second;
    }

    /// <summary>A series of which nothing is here as a whole, others by the UIDs that are missing.</summary>
    private IEnumerable<RetrieveSlice> Slices(Dictionary<string, RemoteObject> known)
    {
        var sizes = known.Values.CountBy(o => o.SeriesInstanceUid).ToDictionary();
        var missing = _open.Values.OrderBy(o => o.Number).Select(o => known[o.SopInstanceUid]).GroupBy(o => (o.StudyInstanceUid, o.SeriesInstanceUid)).Select(g => g.ToList()).ToList();
        foreach (var series in missing)
        {
            if (series.Count == sizes[series[0].SeriesInstanceUid] && wanted.Objects.Any(s => s.Covers(series[0]))) yield return new RetrieveSlice(series, IsWholeSeries: true);
            else foreach (var part in series.Chunk(MaxSlice)) yield return new RetrieveSlice(part, IsWholeSeries: false);
        }
    }

    private void Arrived(RetrievedObject one)
    {
        if (!_open.TryRemove(one.SopInstanceUid, out var item)) return;
        if (one.Status == 0)
        {
            run.Report(new JobObjectResult(item.Number, JobState.Done, 0, "", one.Bytes));
            return;
        }
        var status = new DimseStatus((ushort)one.Status);
        run.Report(new JobObjectResult(item.Number, status.IsTransient ? JobState.Waiting : JobState.Failed, one.Status, $"Refused here with {status}{(one.Message.Length > 0 ? ": " : "")}{one.Message}"));
    }

    /// <summary>What is not here when the other archive is done: it may come to the next attempt, unless that would end in the same way.</summary>
    private async Task SettleAsync(RetrieveSlice slice, RetrieveEnd end)
    {
        string[] left = [.. slice.Objects.Select(o => o.SopInstanceUid).Where(_open.ContainsKey)];
        foreach (var here in await fetched.ListArrivedAsync(run.Job.Id, left, alsoPresent: !wanted.Force || end.Status == 0, stop))
            if (here.Status == 0) Arrived(here);
        End(slice, end.IsLasting ? JobState.Failed : JobState.Waiting, end.Status is 0 ? null : end.Status, uid =>
            end.FailedUids.Contains(uid) ? $"{peer.AeTitle} could not send it. {end.Message}".TrimEnd()
            : end.Message.Length > 0 && end.FailedUids.Count == 0 ? end.Message
            : _retrieval!.WhenMissing);
    }

    private void End(RetrieveSlice slice, JobState state, int? status, Func<string, string> message)
    {
        foreach (var one in slice.Objects)
            if (_open.TryRemove(one.SopInstanceUid, out var item)) run.Report(new JobObjectResult(item.Number, state, status, message(one.SopInstanceUid)));
    }
}
