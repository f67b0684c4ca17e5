using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Maintenance;

/// <summary>
/// After a crash: rows and blobs of dead writers since their checkpoints are held against each other, by length and
/// checksum. What does not fit together was never acknowledged. Costs what the time since the checkpoint left, not what
/// the archive holds.
/// </summary>
internal sealed class Recovery(PacsOptions options, PacsDatabase database, FileBlobStore blobs, DoomedBlobs doomed, IndexEntryReader reader, IndexWriter index, TimeProvider time, ILogger<Recovery> log)
{
    /// <summary>File systems' clocks lag behind by some milliseconds.</summary>
    private static readonly TimeSpan ClockTick = TimeSpan.FromSeconds(1);

    /// <summary>How far the database's clock may be from ours.</summary>
    private static readonly TimeSpan DatabaseClock = TimeSpan.FromHours(1);

    private sealed record Row(long Id, string SopInstanceUid, string BlobKey, long BlobLength, int DatasetOffset, int DatasetCrc, DateTimeOffset ReceivedAt);

    public void Run()
    {
        doomed.Remove();
        if (!Directory.Exists(options.IncomingPath)) return;
        foreach (var folder in Directory.GetDirectories(options.IncomingPath).Where(f => !f.EndsWith(".new", StringComparison.Ordinal)))
        {
            // A lock that is held is that of a process that lives: its objects are its own business.
            if (TryTake(folder) is not { } held) continue;
            using (held)
            {
                Recover(folder, Path.GetFileName(folder));
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static FileStream? TryTake(string folder)
    {
        try
        {
            return FolderLock.TryExclusive(Path.Combine(folder, WriterFolder.LockFile));
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
    }

    private void Recover(string folder, string writer)
    {
        var checkpoint = Checkpoint(folder);
        log.Recovering(checkpoint);
        // The hour folders from there on hold older blobs too: their rows say that they belong there.
        var hour = new DateTimeOffset(checkpoint.UtcDateTime.Date.AddHours(checkpoint.UtcDateTime.Hour - 1), TimeSpan.Zero);
        using var connection = database.KeyedSource.OpenConnection();
        var sql = new Statements(connection);
        var rows = sql.Query("SELECT id, sop_instance_uid, blob_key, blob_length, dataset_offset, dataset_crc, received_at FROM instances i WHERE received_at >= $1 AND NOT EXISTS (SELECT FROM remote_blobs r WHERE r.blob_key = i.blob_key)",
            ReadRow, P(hour))
            .Where(r => BlobKey.WriterOf(r.BlobKey) == writer).ToList();
        var known = rows.Select(r => r.BlobKey).Concat(sql.Query("SELECT blob_key FROM instance_versions WHERE received_at >= $1", r => r.GetString(0), P(hour)))
            .Concat(sql.Query("SELECT blob_key FROM doomed_blobs", r => r.GetString(0))).ToHashSet();

        var broken = rows.Where(r => r.ReceivedAt >= checkpoint && !IsWhole(r)).ToList();
        foreach (var row in broken)
        {
            log.RowDropped(row.SopInstanceUid);
            known.Remove(row.BlobKey);
        }
        if (broken.Count > 0) Drop(connection, [.. broken.Select(r => r.Id)]);

        Promote(sql, checkpoint);

        var orphans = new List<BlobEntry>();
        for (; hour <= time.GetUtcNow(); hour = hour.AddHours(1)) orphans.AddRange(blobs.EnumerateHour(hour).Where(b => BlobKey.WriterOf(b.Key) == writer && !known.Contains(b.Key)));
        if (orphans.Count > 0 && IsIndexOlder(sql, orphans, checkpoint))
        {
            log.IndexIsOlder(orphans.Count);
            return;
        }
        foreach (var blob in orphans)
        {
            log.BlobQuarantined(blob.Key);
            blobs.Quarantine(blob.Key);
        }
    }

    /// <summary>
    /// What was finished before the checkpoint is in the index, or no blob. Where it is not, the index was lost or comes
    /// from a backup, and blobs without rows were acknowledged: they have to be there for a rebuild of the index.
    /// </summary>
    private static bool IsIndexOlder(Statements sql, List<BlobEntry> orphans, DateTimeOffset checkpoint) =>
        orphans.Exists(b => b.WrittenAt < checkpoint - ClockTick) || sql.Query("SELECT FROM instances LIMIT 1", _ => true).Count == 0;

    /// <summary>Where a replacement turned out to be broken, its latest whole former version is the object again.</summary>
    private void Promote(Statements sql, DateTimeOffset checkpoint)
    {
        var versions = sql.Query(
            """
            SELECT v.id, v.sop_instance_uid, v.blob_key, v.blob_length, v.dataset_offset, v.dataset_crc, v.received_at FROM instance_versions v
            WHERE v.replaced_at >= $1 AND NOT EXISTS (SELECT FROM instances i WHERE i.sop_instance_uid = v.sop_instance_uid) ORDER BY v.id DESC
            """, ReadRow, P(checkpoint - DatabaseClock));
        foreach (var candidates in versions.GroupBy(v => v.SopInstanceUid))
        {
            if (candidates.FirstOrDefault(IsWhole) is not { } version) continue;
            var outcome = index.Enqueue(reader.Read(version.BlobKey, version.ReceivedAt)).Wait();
            if (outcome is not IndexOutcome.Committed) throw new NpgsqlException($"A former version of {version.SopInstanceUid} could not be indexed ({outcome}): start again.");
            sql.Execute("DELETE FROM instance_versions WHERE id = $1", P(version.Id));
            log.VersionPromoted(version.SopInstanceUid);
        }
    }

    private static Row ReadRow(NpgsqlDataReader r) =>
        new(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetInt64(3), r.GetInt32(4), r.GetInt32(5), r.GetFieldValue<DateTimeOffset>(6));

    private static DateTimeOffset Checkpoint(string folder)
    {
        try
        {
            return WriterFolder.ReadTime(Path.Combine(folder, WriterFolder.CheckpointFile));
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            // The lock is written once, when the writer begins.
            return File.GetLastWriteTimeUtc(Path.Combine(folder, WriterFolder.LockFile));
        }
    }

    private bool IsWhole(Row row)
    {
        try
        {
            return BlobCheck.IsWhole(blobs, row.BlobKey, row.BlobLength, row.DatasetOffset, row.DatasetCrc);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException e)
        {
            // A medium that cannot be read now says nothing of what is on it.
            log.BlobUnreadable(row.BlobKey, e);
            return true;
        }
    }

    private static void Drop(NpgsqlConnection connection, long[] ids)
    {
        using var transaction = connection.BeginTransaction();
        var sql = new Statements(connection);
        Deletion.Announce(sql, ids);
        InstanceRemoval.RemoveEmpty(sql, InstanceRemoval.Remove(sql, ids));
        transaction.Commit();
    }
}
