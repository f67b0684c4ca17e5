using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Dicom.Parsing;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Model;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Studies;

namespace Pacs.Storage.Maintenance;

/// <summary>
/// Builds patients, studies, series and instances anew from the blobs, in the order in which they were received, and from
/// the rows of those whose files are at an archive behind this one. Peers, keys, jobs, tombstones and the change feed stay. Meant for an archive that nobody uses meanwhile: what is asked before
/// the end is answered from what is indexed by then.
/// </summary>
public sealed class Reindex
{
    private const int Batch = 128;
    private readonly PacsDatabase _database;
    private readonly IBlobStore _blobs;
    private readonly IndexEntryReader _reader;
    private readonly IndexWriter _index;
    private readonly CarriedInstances _carried;
    private readonly ILogger<Reindex> _log;

    internal Reindex(PacsDatabase database, IBlobStore blobs, IndexEntryReader reader, IndexWriter index, CarriedInstances carried, ILogger<Reindex> log) =>
        (_database, _blobs, _reader, _index, _carried, _log) = (database, blobs, reader, index, carried, log);

    /// <exception cref="NpgsqlException">The database does not answer; run it again.</exception>
    public Task<ReindexProgress> RunAsync(IProgress<ReindexProgress>? progress, CancellationToken cancellation) => Task.Run(() => Run(progress, cancellation), cancellation);

    private ReindexProgress Run(IProgress<ReindexProgress>? progress, CancellationToken cancellation)
    {
        _carried.Keep();
        _index.Forget();
        var (indexed, failed) = (0L, 0L);
        foreach (var batch in ReadersInOrderOfReceipt().Chunk(Batch))
        {
            cancellation.ThrowIfCancellationRequested();
            // Read in parallel, indexed in order: the first value that is not empty stays, the last version counts.
            var entries = batch.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(read => read()).ToList();
            var tickets = entries.OfType<IndexEntry>().Select(_index.Enqueue).ToList();
            foreach (var ticket in tickets)
            {
                if (IsIndexed(ticket)) indexed++;
                else failed++;
            }
            failed += entries.Count(e => e is null);
            progress?.Report(new ReindexProgress(indexed, failed));
        }
        _carried.Drop();
        StudyCompletion.SkipFeed(_database.DataSource);
        return new ReindexProgress(indexed, failed);
    }

    /// <summary>Files, and between them the rows of what has its file elsewhere.</summary>
    private IEnumerable<Func<IndexEntry?>> ReadersInOrderOfReceipt()
    {
        using var carried = _carried.Read().GetEnumerator();
        var isLeft = carried.MoveNext();
        foreach (var entry in InOrderOfReceipt())
        {
            for (; isLeft && carried.Current.ReceivedAt <= entry.WrittenAt; isLeft = carried.MoveNext()) yield return ReaderOf(carried.Current);
            yield return () => Read(entry);
        }
        for (; isLeft; isLeft = carried.MoveNext()) yield return ReaderOf(carried.Current);
    }

    private Func<IndexEntry?> ReaderOf(Instance instance) => () =>
    {
        try
        {
            return _carried.ToEntry(instance);
        }
        catch (Exception e) when (e is DicomFormatException or BlobMissingException)
        {
            _log.BlobNotIndexed(instance.BlobKey, e.Message);
            return null;
        }
    };

    private IEnumerable<BlobEntry> InOrderOfReceipt()
    {
        var hour = new List<BlobEntry>();
        foreach (var entry in _blobs.Enumerate())
        {
            if (hour.Count > 0 && HourOf(hour[0].Key) != HourOf(entry.Key))
            {
                foreach (var sorted in Sorted(hour)) yield return sorted;
                hour.Clear();
            }
            hour.Add(entry);
        }
        foreach (var sorted in Sorted(hour)) yield return sorted;
    }

    // File systems' clocks tick a few times in a hundredth of a second; within a tick the writer's count tells.
    private static IEnumerable<BlobEntry> Sorted(List<BlobEntry> hour) =>
        hour.OrderBy(e => e.WrittenAt).ThenBy(e => BlobKey.NumberOf(e.Key)).ThenBy(e => e.Key, StringComparer.Ordinal);

    private static string HourOf(string key) => string.Join('/', key.Split('/').Take(4));

    private bool IsIndexed(Ticket ticket)
    {
        var outcome = ticket.Wait();
        while (outcome is IndexOutcome.Occupied)
        {
            using var command = _database.DataSource.CreateCommand("SELECT blob_key FROM instances WHERE sop_instance_uid = $1");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ticket.Entry.Instance.SopInstanceUid });
            var former = (string?)command.ExecuteScalar();
            if (former == ticket.Entry.Instance.BlobKey) return true;
            outcome = _index.Enqueue(new IndexEntry(ticket.Entry.Dataset, ticket.Entry.Instance) { Replaces = former }).Wait();
        }
        if (outcome is IndexOutcome.Unavailable) throw new NpgsqlException("The database does not answer: run the command again.");
        if (outcome is IndexOutcome.Refused) _log.BlobNotIndexed(ticket.Entry.Instance.BlobKey, "the database refuses its values");
        return outcome is IndexOutcome.Committed;
    }

    private IndexEntry? Read(BlobEntry entry)
    {
        try
        {
            return _reader.Read(entry.Key, entry.WrittenAt);
        }
        catch (Exception e) when (e is DicomFormatException or IOException or UnauthorizedAccessException)
        {
            _log.BlobNotIndexed(entry.Key, e.Message);
            return null;
        }
    }
}
