using Microsoft.Extensions.Logging;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Ingest;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Maintenance;

/// <summary>
/// After a crash: rows and blobs of dead writers since their checkpoints are held against each other, by length and
/// checksum. What does not fit together was never acknowledged. Costs what the time since the checkpoint left, not what
/// the archive holds.
/// </summary>
internal sealed class Recovery(PacsOptions options, PacsDatabase database, FileBlobStore blobs, DoomedBlobs doomed, TimeProvider time, ILogger<Recovery> log)
{
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
        // The checkpoint's hour folder holds older blobs too: their rows say that they belong there.
        var hour = new DateTimeOffset(checkpoint.UtcDateTime.Date.AddHours(checkpoint.UtcDateTime.Hour), TimeSpan.Zero);
        using var connection = database.KeyedSource.OpenConnection();
        var sql = new Statements(connection);
        var rows = sql.Query("SELECT id, sop_instance_uid, blob_key, blob_length, dataset_offset, dataset_crc, received_at FROM instances WHERE received_at >= $1",
            r => new Row(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetInt64(3), r.GetInt32(4), r.GetInt32(5), r.GetFieldValue<DateTimeOffset>(6)), P(hour))
            .Where(r => BlobKey.WriterOf(r.BlobKey) == writer).ToList();
        var known = rows.Select(r => r.BlobKey).Concat(sql.Query("SELECT blob_key FROM instance_versions WHERE received_at >= $1", r => r.GetString(0), P(hour))).ToHashSet();

        var broken = rows.Where(r => r.ReceivedAt >= checkpoint && !IsWhole(r)).ToList();
        foreach (var row in broken)
        {
            log.RowDropped(row.SopInstanceUid);
            known.Remove(row.BlobKey);
        }
        if (broken.Count > 0) Drop(connection, [.. broken.Select(r => r.Id)]);

        for (; hour <= time.GetUtcNow(); hour = hour.AddHours(1))
        {
            foreach (var blob in blobs.EnumerateHour(hour).Where(b => BlobKey.WriterOf(b.Key) == writer && !known.Contains(b.Key)).ToList())
            {
                log.BlobQuarantined(blob.Key);
                blobs.Quarantine(blob.Key);
            }
        }
    }

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
            using var blob = blobs.Open(row.BlobKey);
            if (blob.Length != row.BlobLength) return false;
            var crc = new Crc32C();
            var buffer = new byte[1 << 20];
            long offset = row.DatasetOffset;
            for (int n; (n = blob.Read(offset, buffer)) > 0; offset += n) crc.Append(buffer.AsSpan(0, n));
            return crc.Value == row.DatasetCrc;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Drop(Npgsql.NpgsqlConnection connection, long[] ids)
    {
        using var transaction = connection.BeginTransaction();
        var sql = new Statements(connection);
        Deletion.Announce(sql, ids);
        InstanceRemoval.RemoveEmpty(sql, InstanceRemoval.Remove(sql, ids));
        transaction.Commit();
    }
}
