using System.Collections.Concurrent;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Blobs;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Hosting;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Gateway;

/// <summary>Objects that were never here, of an archive that answers queries: listed by QIDO-RS, fetched whole into the cache and read from there.</summary>
public sealed class ArchiveInstances
{
    /// <summary>Instances of one retrieval.</summary>
    private const int MaxListed = 100_000;

    private const int Ahead = 4;

    private readonly ArchiveConnector _archives;
    private readonly ArchiveFetches _fetches;
    private readonly BlobCache _cache;
    private readonly IndexEntryReader _reader;
    private readonly TimeProvider _time;
    private readonly ILogger<ArchiveInstances> _log;
    private readonly SemaphoreSlim _places;
    private readonly ConcurrentDictionary<string, Lazy<Task<StoredInstance?>>> _running = new();

    internal ArchiveInstances(ArchiveConnector archives, ArchiveFetches fetches, BlobCache cache, IndexEntryReader reader, PacsOptions options, TimeProvider time, ILogger<ArchiveInstances> log) =>
        (_archives, _fetches, _cache, _reader, _time, _log, _places) = (archives, fetches, cache, reader, time, log, new SemaphoreSlim(options.Gateway.Fetches));

    /// <summary>Whether an archive answers queries.</summary>
    /// <exception cref="DbException">The database does not answer.</exception>
    public async ValueTask<bool> IsAskedAsync(CancellationToken cancellation) => await _archives.FindForQueriesAsync(cancellation) is not null;

    /// <summary>What the archive has of the selection and is not among those that are here.</summary>
    /// <exception cref="DbException">The database does not answer.</exception>
    public async Task<ArchiveListing> ListAsync(InstanceSelector selector, IReadOnlyCollection<string> here, CancellationToken cancellation)
    {
        if (await _archives.FindForQueriesAsync(cancellation) is not { } peer || Translate(selector) is not { } query) return ArchiveListing.Empty;
        var (known, found) = (here.ToHashSet(), new List<ArchiveInstance>());
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            limited.CancelAfter(TimeSpan.FromSeconds(peer.Gateway!.QueryTimeoutSeconds));
            await foreach (var match in _archives.Connect(peer).SearchAsync(query, limited.Token))
            {
                limited.CancelAfter(TimeSpan.FromSeconds(peer.Gateway.QueryTimeoutSeconds));
                string? study = match.GetString(Tags.StudyInstanceUID) ?? query.StudyInstanceUid, series = match.GetString(Tags.SeriesInstanceUID) ?? query.SeriesInstanceUid, uid = match.GetString(Tags.SOPInstanceUID);
                if (study is null || series is null || uid is null || !Uid.IsAcceptable(study) || !Uid.IsAcceptable(series) || !Uid.IsAcceptable(uid)) continue;
                if (known.Add(uid)) found.Add(new ArchiveInstance(peer.AeTitle, study, series, uid));
            }
            return found.Count < MaxListed ? new ArchiveListing(found) : new ArchiveListing(found, $"The archive {peer.AeTitle} has more than {MaxListed} of them.");
        }
        catch (Exception e) when (e is DicomWebException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            _log.QueryFailed(peer.AeTitle, e is DicomWebException ? e.Message : $"Nothing came for {peer.Gateway!.QueryTimeoutSeconds} s.");
            return new ArchiveListing([], $"The archive {peer.AeTitle} does not answer: only what is here can be had");
        }
    }

    /// <summary>One that is named as a whole, without asking for it first; null when no archive answers queries.</summary>
    /// <exception cref="DbException">The database does not answer.</exception>
    public async Task<ArchiveInstance?> NameAsync(InstanceSelector selector, CancellationToken cancellation) =>
        selector is { StudyInstanceUids: [var study], SeriesInstanceUids: [var series], SopInstanceUids: [var uid] } && await _archives.FindForQueriesAsync(cancellation) is { } peer
            ? new ArchiveInstance(peer.AeTitle, study, series, uid) : null;

    /// <summary>Fetches the object, once for all who want it at the same time. Null when the archive does not give it: the log tells why.</summary>
    public async Task<StoredInstance?> FetchAsync(ArchiveInstance instance, CancellationToken cancellation)
    {
        var key = $"archive/{instance.Peer}/{instance.StudyInstanceUid}/{instance.SeriesInstanceUid}/{instance.SopInstanceUid}";
        var fetch = _running.GetOrAdd(key, _ => new Lazy<Task<StoredInstance?>>(() => Task.Run(() => RunAsync(instance, key), CancellationToken.None)));
        return await fetch.Value.WaitAsync(cancellation);
    }

    /// <summary>Fetches them in order, a few before their turn.</summary>
    /// <exception cref="BlobMissingException">The archive does not give one of them.</exception>
    public async IAsyncEnumerable<StoredInstance> FetchAsync(IReadOnlyList<ArchiveInstance> instances, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (under, next) = (new Queue<Task<StoredInstance?>>(), 0);
        for (var i = 0; i < instances.Count; i++)
        {
            for (; next < instances.Count && under.Count < Ahead; next++) under.Enqueue(FetchAsync(instances[next], cancellation));
            yield return await under.Dequeue() ?? throw new BlobMissingException(instances[i].SopInstanceUid, new ArchiveFetchException($"The archive {instances[i].Peer} does not give it."));
        }
    }

    private async Task<StoredInstance?> RunAsync(ArchiveInstance instance, string key)
    {
        await _places.WaitAsync();
        try
        {
            using (var kept = _cache.TryOpen(key))
            {
                if (kept is not null && Read(instance, key, kept) is { } known) return known;
            }
            return await CopyAsync(instance, key) ?? throw new InvalidDataException("It is another object than was asked for.");
        }
        catch (Exception e) when (e is DicomWebException or DicomFormatException or IOException or InvalidDataException or UnauthorizedAccessException or DbException)
        {
            _log.FetchFailed(instance.SopInstanceUid, instance.Peer, e.Message);
            return null;
        }
        finally
        {
            // By itself: who waited for it may have left.
            _running.TryRemove(key, out _);
            _places.Release();
        }
    }

    private async Task<StoredInstance?> CopyAsync(ArchiveInstance instance, string key)
    {
        var archive = await _archives.ConnectAsync(instance.Peer, CancellationToken.None);
        var part = _cache.NewPart();
        try
        {
            long length;
            await using (var file = new PartStream(part, _cache))
            {
                length = await archive.CopyAsync(new DicomWebResource(instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid), file, CancellationToken.None);
                await file.FlushAsync();
                Posix.FlushData(file.SafeFileHandle);
            }
            using var blob = new FileBlob(part);
            if (Read(instance, key, blob) is not { } stored) return null;
            _cache.Keep(part, key, length, isWanted: true);
            return stored;
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Null when it is another.</summary>
    private StoredInstance? Read(ArchiveInstance instance, string key, IBlob blob)
    {
        var entry = _reader.Read(blob, key, _time.GetUtcNow());
        if (entry.Instance.SopInstanceUid != instance.SopInstanceUid || entry.StudyUid != instance.StudyInstanceUid) return null;
        var header = new byte[entry.Instance.DatasetOffset];
        for (var n = 0; n < header.Length;) n += blob.Read(n, header.AsSpan(n)) is > 0 and var read ? read : throw new EndOfStreamException();
        var syntax = TransferSyntaxRegistry.GetOrAssume(entry.Instance.TransferSyntaxUid);
        _fetches.Remember(new RemoteBlob
        {
            BlobKey = key,
            StudyInstanceUid = instance.StudyInstanceUid,
            SeriesInstanceUid = instance.SeriesInstanceUid,
            SopInstanceUid = instance.SopInstanceUid,
            TransferSyntax = syntax,
            Length = entry.Instance.BlobLength,
            DatasetCrc = entry.Instance.DatasetCrc,
            FileHeader = header,
            Peers = [instance.Peer],
        });
        return new StoredInstance
        {
            Id = 0,
            StudyInstanceUid = entry.StudyUid,
            SeriesInstanceUid = entry.SeriesUid,
            SopInstanceUid = entry.Instance.SopInstanceUid,
            SopClassUid = entry.Instance.SopClassUid,
            TransferSyntax = syntax,
            BlobKey = key,
            BlobLength = entry.Instance.BlobLength,
            DatasetOffset = entry.Instance.DatasetOffset,
            IsRemote = true,
            NumberOfFrames = entry.Instance.NumberOfFrames ?? 1,
            FrameTable = entry.Instance.FrameTable,
        };
    }

    /// <summary>Null when the selection cannot be told to an archive.</summary>
    private static DicomWebQuery? Translate(InstanceSelector selector)
    {
        string[] uids = [.. selector.StudyInstanceUids, .. selector.SeriesInstanceUids, .. selector.SopInstanceUids];
        if (!uids.All(u => Uid.IsAcceptable(u))) return null;
        var study = selector.StudyInstanceUids is [var s] ? s : null;
        var series = study is not null && selector.SeriesInstanceUids is [var e] ? e : null;
        var keys = new List<KeyValuePair<string, string>>();
        void Add(Tag tag, IReadOnlyList<string> values, char separator = ',')
        {
            if (values.Count > 0) keys.Add(new(DicomWebQuery.NameOf(tag), string.Join(separator, values)));
        }
        Add(Tags.PatientID, selector.PatientIds, '\\');
        if (study is null) Add(Tags.StudyInstanceUID, selector.StudyInstanceUids);
        if (series is null) Add(Tags.SeriesInstanceUID, selector.SeriesInstanceUids);
        Add(Tags.SOPInstanceUID, selector.SopInstanceUids);
        return new DicomWebQuery(QueryLevel.Instance) { StudyInstanceUid = study, SeriesInstanceUid = series, Keys = keys, Limit = MaxListed };
    }

    /// <summary>However long what comes is, the disk keeps its reserve.</summary>
    private sealed class PartStream(string path, BlobCache cache) : FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cache.EnsureRoom();
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
