using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Storage.Gateway;

/// <summary>One upload to an archive: stores, looks whether it is there, and keeps what came of it, batch by batch.</summary>
public sealed class GatewayUpload
{
    /// <summary>Uploads and looks after which an object is left to a person. What the archive as a whole is to blame for is not counted.</summary>
    private const int MaxAttempts = 10;

    /// <summary>PS3.4 Table B.2-1: another object of this UID is there, or this one already.</summary>
    private static readonly DimseStatus DuplicateInstance = new(0x0111);

    private readonly Peer _peer;
    private readonly long _job;
    private readonly DicomWebClient _archive;
    private readonly RetrievalService _retrieval;
    private readonly GatewayStore _store;
    private readonly ILogger _log;

    /// <summary>Of each transfer syntax: whether an object came back as it was sent.</summary>
    private readonly Dictionary<TransferSyntax, bool> _samples = [];

    internal GatewayUpload(Peer peer, long job, DicomWebClient archive, RetrievalService retrieval, GatewayStore store, ILogger log) =>
        (_peer, _job, _archive, _retrieval, _store, _log) = (peer, job, archive, retrieval, store, log);

    private sealed record Item(GatewayObject Noted, StoredInstance Instance)
    {
        /// <summary>The archive may have other bytes under this UID: it had one before, took it with a warning, does not say that it took it, or failed with it.</summary>
        public bool IsDoubtful { get; set; } = Noted.Replaces;
    }

    /// <summary>Does what is still to be done for the objects.</summary>
    /// <param name="sopInstanceUids">Some dozens.</param>
    /// <param name="stop">Ends it before the next object.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <returns>What came of each; one that is not among them is not this archive's any more, or was deleted.</returns>
    /// <exception cref="DicomWebException">The archive as a whole takes nothing now. What came of the objects before is kept.</exception>
    public async Task<IReadOnlyDictionary<string, GatewayReport>> RunAsync(IReadOnlyList<string> sopInstanceUids, CancellationToken stop, CancellationToken cancellation)
    {
        var reports = new Dictionary<string, GatewayReport>();
        var (upload, verify) = (new List<Item>(), new List<Item>());
        var instances = await FindInstancesAsync(sopInstanceUids, cancellation);
        foreach (var noted in await _store.FindAsync(_peer.AeTitle, sopInstanceUids, cancellation))
        {
            if (noted.State is GatewayObjectState.Verified or GatewayObjectState.Removed) reports[noted.SopInstanceUid] = new GatewayReport(noted, GatewayObjectState.Verified);
            // One that is being replaced, or whose archive is another server now, is noted anew with that, for another job.
            else if (noted.JobId == _job && instances.TryGetValue(noted.SopInstanceUid, out var instance) && instance.BlobKey == noted.BlobKey)
                (noted.State == GatewayObjectState.Uploaded ? verify : upload).Add(new Item(noted, instance));
        }
        verify.AddRange(await StoreAsync(upload, reports, stop, cancellation));
        await VerifyAsync(verify, reports, cancellation);
        return reports;
    }

    private async Task<Dictionary<string, StoredInstance>> FindInstancesAsync(IReadOnlyList<string> uids, CancellationToken cancellation)
    {
        var found = new Dictionary<string, StoredInstance>();
        await foreach (var instance in _retrieval.SelectAsync(new InstanceSelector { SopInstanceUids = uids }, cancellation)) found[instance.SopInstanceUid] = instance;
        return found;
    }

    /// <returns>Those that the archive says it has.</returns>
    private async Task<List<Item>> StoreAsync(List<Item> items, Dictionary<string, GatewayReport> reports, CancellationToken stop, CancellationToken cancellation)
    {
        var stored = new List<Item>();
        // What broke a request before breaks no other's again.
        foreach (var alike in items.GroupBy(i => i.Noted.Attempts > 0).OrderBy(g => g.Key))
            await StoreAsync(alike.ToDictionary(i => i.Instance.SopInstanceUid), oneByOne: alike.Key, stored, reports, stop, cancellation);
        return stored;
    }

    private async Task StoreAsync(
        Dictionary<string, Item> items, bool oneByOne, List<Item> stored, Dictionary<string, GatewayReport> reports, CancellationToken stop, CancellationToken cancellation)
    {
        var (done, under) = (new List<GatewayReport>(), new ConcurrentDictionary<string, Item>());
        var options = new StowOptions { AsStored = true, OneByOne = oneByOne, Stop = stop, Begun = instance => under[instance.SopInstanceUid] = items[instance.SopInstanceUid] };
        try
        {
            await foreach (var (instance, result) in _archive.StoreAsync([.. items.Values.Select(i => i.Instance)], options, cancellation))
            {
                var item = items[instance.SopInstanceUid];
                under.TryRemove(instance.SopInstanceUid, out _);
                if (result.IsSent || result.Status == DuplicateInstance)
                {
                    item.IsDoubtful |= result.Status != DimseStatus.Success;
                    stored.Add(item);
                    done.Add(new GatewayReport(item.Noted, GatewayObjectState.Uploaded, IsDoubtful: item.IsDoubtful));
                }
                else
                {
                    done.Add(Failed(item, GatewayObjectState.Pending, result.Message, isFinal: result.Outcome == SendOutcome.Refused));
                }
                if (!under.IsEmpty) continue;
                // A request is answered: whatever happens now, it is not sent again.
                await KeepAsync(done, reports);
                done.Clear();
            }
        }
        catch (DicomWebException e) when (e.Failure != DicomWebFailure.Away)
        {
            done.AddRange(under.Values.Select(item => Failed(item, GatewayObjectState.Pending, e.Message, isFinal: false)));
            throw;
        }
        finally
        {
            await KeepAsync(done, reports);
        }
    }

    private async Task VerifyAsync(List<Item> items, Dictionary<string, GatewayReport> reports, CancellationToken cancellation)
    {
        var done = new List<GatewayReport>();
        try
        {
            var there = _peer.Gateway!.Verification == GatewayVerification.Response ? items : await SearchAsync(items, done, cancellation);
            // Samples first: what they show decides how the others of their kind are looked at.
            foreach (var item in there.OrderByDescending(i => i.IsDoubtful).ToList()) done.Add(await LookAsync(item, cancellation));
        }
        finally
        {
            await KeepAsync(done, reports);
        }
    }

    private async Task<List<Item>> SearchAsync(List<Item> items, List<GatewayReport> done, CancellationToken cancellation)
    {
        var there = new List<Item>();
        foreach (var series in items.GroupBy(i => (i.Instance.StudyInstanceUid, i.Instance.SeriesInstanceUid)))
        {
            var found = await SearchAsync(series.Key.StudyInstanceUid, series.Key.SeriesInstanceUid, [.. series], cancellation);
            foreach (var item in series)
            {
                // Not every archive takes a list of UIDs.
                if (found.Contains(item.Instance.SopInstanceUid) || await HasAsync(item, cancellation)) there.Add(item);
                else done.Add(Failed(item, GatewayObjectState.Uploaded, "The archive said that it stored the object, and does not find it.", isFinal: false));
            }
        }
        return there;
    }

    private async Task<HashSet<string>> SearchAsync(string study, string series, IReadOnlyList<Item> items, CancellationToken cancellation)
    {
        var query = new DicomWebQuery(QueryLevel.Instance)
        {
            StudyInstanceUid = study,
            SeriesInstanceUid = series,
            Keys = [new(DicomWebQuery.NameOf(Tags.SOPInstanceUID), string.Join(',', items.Select(i => i.Instance.SopInstanceUid)))],
            Limit = items.Count,
        };
        var found = new HashSet<string>();
        try
        {
            await foreach (var match in _archive.SearchAsync(query, cancellation))
                if (match.GetString(Tags.SOPInstanceUID) is { } uid) found.Add(uid);
        }
        catch (DicomWebException e) when (e.Failure == DicomWebFailure.Refused)
        {
            // It refuses the list; they are looked for one by one.
            return found;
        }
        return found;
    }

    private async Task<bool> HasAsync(Item item, CancellationToken cancellation)
    {
        try
        {
            return await _archive.HasAsync(item.Instance, cancellation);
        }
        catch (DicomWebException e) when (e.Failure == DicomWebFailure.Refused)
        {
            return false;
        }
    }

    private async Task<GatewayReport> LookAsync(Item item, CancellationToken cancellation)
    {
        var syntax = item.Instance.TransferSyntax;
        var isProven = _samples.TryGetValue(syntax, out var cameBack) && cameBack;
        if (isProven && !item.IsDoubtful && _peer.Gateway!.Verification != GatewayVerification.Checksum) return new GatewayReport(item.Noted, GatewayObjectState.Verified);
        try
        {
            _samples[syntax] = await CompareAsync(item.Instance, cancellation);
            return _samples[syntax] ? new GatewayReport(item.Noted, GatewayObjectState.Verified) : Failed(item, GatewayObjectState.Uploaded, ArchiveFetch.OtherBytes, isFinal: true);
        }
        catch (DicomWebException e) when (e.Failure != DicomWebFailure.Away)
        {
            return Failed(item, GatewayObjectState.Uploaded, $"The object cannot be read back: {e.Message}", isFinal: false);
        }
        catch (BlobMissingException e) when (e.InnerException is ArchiveFetchException)
        {
            return Failed(item, GatewayObjectState.Uploaded, "Its file is at another archive, which does not give it.", isFinal: false);
        }
        catch (Exception e) when (e is BlobMissingException or DicomFormatException)
        {
            return Failed(item, GatewayObjectState.Uploaded, e is BlobMissingException ? "The stored object cannot be read: restore it from backup" : ArchiveFetch.OtherBytes, isFinal: true);
        }
    }

    /// <summary>Whether the archive gives the data set that is here, byte for byte.</summary>
    private async Task<bool> CompareAsync(StoredInstance instance, CancellationToken cancellation)
    {
        using var blob = _retrieval.OpenBlob(instance);
        var (isSame, offset, ours) = (true, (long)instance.DatasetOffset, new byte[128 * 1024]);
        await using var sink = new DatasetSink(meta => isSame = meta.TransferSyntax == instance.TransferSyntax, Take);
        await _archive.CopyAsync(new DicomWebResource(instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid), sink, cancellation);
        sink.Complete();
        return isSame && offset == instance.BlobLength;

        void Take(ReadOnlySpan<byte> theirs)
        {
            while (isSame && theirs.Length > 0)
            {
                var read = blob.Read(offset, ours.AsSpan(0, Math.Min(ours.Length, theirs.Length)));
                isSame = read > 0 && theirs.StartsWith(ours.AsSpan(0, read));
                theirs = theirs[read..];
                offset += read;
            }
        }
    }

    private GatewayReport Failed(Item item, GatewayObjectState state, string message, bool isFinal)
    {
        _log.UploadFailed(item.Instance.SopInstanceUid, _peer.AeTitle, message);
        return new GatewayReport(item.Noted, isFinal || item.Noted.Attempts + 1 >= MaxAttempts ? GatewayObjectState.Error : state, message, IsDoubtful: true);
    }

    /// <summary>Also when the rest is cancelled: what was sent was sent.</summary>
    private async Task KeepAsync(List<GatewayReport> done, Dictionary<string, GatewayReport> reports)
    {
        await _store.ReportAsync(_peer.AeTitle, _job, done, CancellationToken.None);
        foreach (var report in done) reports[report.Object.SopInstanceUid] = report;
    }
}
