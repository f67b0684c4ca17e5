using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Dicom.Parsing;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Model;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Studies;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Maintenance;

/// <summary>
/// Builds patients, studies, series and instances anew from the blobs, in the order in which they were received, and from
/// the rows of those whose files are at an archive behind this one. Peers, keys, jobs, tombstones and the change feed stay.
/// Meant for an archive that nobody uses meanwhile: what is asked before the end is answered from what is indexed by then.
/// What comes meanwhile is newer than any file, and stays the present version.
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
            var former = PlaceOf(ticket.Entry.Instance);
            if (former?.BlobKey == ticket.Entry.Instance.BlobKey) return true;
            if (former is { IsNewer: true })
            {
                KeepAsFormer(ticket.Entry.Instance);
                return true;
            }
            outcome = _index.Enqueue(new IndexEntry(ticket.Entry.Dataset, ticket.Entry.Instance) { Replaces = former?.BlobKey }).Wait();
        }
        if (outcome is IndexOutcome.Unavailable) throw new NpgsqlException("The database does not answer: run the command again.");
        if (outcome is IndexOutcome.Refused) _log.BlobNotIndexed(ticket.Entry.Instance.BlobKey, "the database refuses its values");
        return outcome is IndexOutcome.Committed;
    }

    /// <summary>What has the place of the instance now, and whether it came after it: while the index is rebuilt.</summary>
    private (string BlobKey, bool IsNewer)? PlaceOf(Instance instance)
    {
        using var connection = _database.DataSource.OpenConnection();
        var rows = new Statements(connection).Query("SELECT blob_key, received_at FROM instances WHERE sop_instance_uid = $1", r => (Key: r.GetString(0), At: r.GetFieldValue<DateTimeOffset>(1)), P(instance.SopInstanceUid));
        if (rows.Count == 0) return null;
        var byHour = string.CompareOrdinal(HourOf(rows[0].Key), HourOf(instance.BlobKey));
        return (rows[0].Key, byHour > 0 || byHour == 0 && rows[0].At > instance.ReceivedAt);
    }

    private void KeepAsFormer(Instance instance)
    {
        using var connection = _database.DataSource.OpenConnection();
        new Statements(connection).Execute(
            """
            INSERT INTO instance_versions (sop_instance_uid, study_instance_uid, series_instance_uid, transfer_syntax_uid, blob_key, blob_length, dataset_offset, dataset_crc, received_at)
            SELECT i.sop_instance_uid, st.study_instance_uid, se.series_instance_uid, $2, $3, $4, $5, $6, $7
            FROM instances i JOIN series se ON se.id = i.series_key JOIN studies st ON st.id = se.study_key WHERE i.sop_instance_uid = $1
            ON CONFLICT DO NOTHING
            """,
            P(instance.SopInstanceUid), P(instance.TransferSyntaxUid), P(instance.BlobKey), P(instance.BlobLength), P(instance.DatasetOffset), P(instance.DatasetCrc), P(instance.ReceivedAt));
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
