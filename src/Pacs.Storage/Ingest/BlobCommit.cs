using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Model;
using Pacs.Storage.Routing;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Ingest;

/// <summary>
/// The last steps of one object: name, flush and index it; and where its UID is taken, find out by whom and follow the
/// policy. Whatever ends without success leaves neither blob nor row – or is in doubt, and left to recovery.
/// </summary>
internal sealed class BlobCommit(IngestPipeline pipeline, BlobWriter blob, DicomDataset dataset, Instance instance, RoutedEntry routing, DuplicatePolicy duplicates)
{
    private const string StorageFails = "The archive cannot write to its storage: see its log.";
    private const string DatabaseAway = "The archive's database does not answer: send again later.";

    private sealed record Stored(string BlobKey, long BlobLength, int DatasetOffset, int DatasetCrc, bool IsLossy);

    public (IngestOutcome Outcome, string Message, bool IsInDoubt) Run()
    {
        try
        {
            blob.Publish(instance.BlobKey);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            pipeline.Log.StorageFailed(e);
            return Discard(IngestOutcome.OutOfResources, StorageFails);
        }
        // In parallel: the index commits while the blob is flushed. Should one of them fail, the other is undone.
        var ticket = pipeline.Index.Enqueue(new IndexEntry(dataset, instance) { Routing = routing });
        var isFlushed = TryFlush();
        var outcome = ticket.Wait();
        if (!isFlushed) return Undo(outcome);
        string? replaces = null;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            switch (outcome)
            {
                case IndexOutcome.Committed:
                    return (replaces is null ? IngestOutcome.Stored : IngestOutcome.Replaced, "", false);
                case IndexOutcome.Refused:
                    return Discard(IngestOutcome.ProcessingFailure, "The index does not take the object: see the archive's log.");
                case IndexOutcome.Unavailable:
                    return InDoubt(IngestOutcome.OutOfResources, DatabaseAway);
            }
            Stored? stored;
            try
            {
                stored = Find();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                // The UID was taken by another object, or by our own commit whose answer was lost.
                pipeline.Log.DatabaseFailed(e);
                return InDoubt(IngestOutcome.OutOfResources, DatabaseAway);
            }
            if (stored?.BlobKey == instance.BlobKey) return (replaces is null ? IngestOutcome.Stored : IngestOutcome.Replaced, "", false);
            if (stored is not null && Judge(stored) is { } verdict) return verdict;
            replaces = stored?.BlobKey;
            outcome = pipeline.Index.Enqueue(new IndexEntry(dataset, instance) { Replaces = replaces, Routing = routing }).Wait();
        }
        return Discard(IngestOutcome.ProcessingFailure, "The SOP Instance UID is being stored by others: send again later.");
    }

    /// <summary>What becomes of this object beside the one stored; null when it takes its place.</summary>
    private (IngestOutcome Outcome, string Message, bool IsInDoubt)? Judge(Stored stored)
    {
        try
        {
            if (IsSame(stored))
            {
                // Another process may still be about to flush it.
                pipeline.Blobs.Flush(stored.BlobKey);
                return Discard(IngestOutcome.AlreadyStored, "");
            }
        }
        catch (IOException e)
        {
            // The blob of the one stored is lost: this one heals it, whatever the policy.
            pipeline.Log.StoredBlobLost(stored.BlobKey, e);
            return null;
        }
        return duplicates switch
        {
            DuplicatePolicy.Reject => Discard(IngestOutcome.DuplicateRejected, "Another object with this SOP Instance UID is stored already."),
            DuplicatePolicy.Keep => Discard(IngestOutcome.KeptExisting, ""),
            _ when instance.IsLossy && !stored.IsLossy => Discard(IngestOutcome.KeptExisting, ""),
            _ => null,
        };
    }

    private bool IsSame(Stored stored)
    {
        using var other = pipeline.Blobs.Open(stored.BlobKey);
        if (other.Length != stored.BlobLength) throw new IOException($"{stored.BlobKey} has {other.Length} bytes instead of {stored.BlobLength}.");
        if (stored.DatasetCrc != instance.DatasetCrc || stored.BlobLength - stored.DatasetOffset != instance.BlobLength - instance.DatasetOffset) return false;
        byte[] ours = new byte[256 * 1024], theirs = new byte[256 * 1024];
        for (var done = 0L; done < instance.BlobLength - instance.DatasetOffset;)
        {
            var n = blob.Read(instance.DatasetOffset + done, ours);
            for (var m = 0; m < n;)
            {
                var read = other.Read(stored.DatasetOffset + done + m, theirs.AsSpan(m, n - m));
                if (read == 0) throw new IOException($"{stored.BlobKey} ends early.");
                m += read;
            }
            if (n == 0 || !ours.AsSpan(0, n).SequenceEqual(theirs.AsSpan(0, n))) return false;
            done += n;
        }
        return true;
    }

    private Stored? Find()
    {
        using var connection = pipeline.Source.OpenConnection();
        var rows = new Statements(connection).Query(
            "SELECT blob_key, blob_length, dataset_offset, dataset_crc, is_lossy FROM instances WHERE sop_instance_uid = $1",
            r => new Stored(r.GetString(0), r.GetInt64(1), r.GetInt32(2), r.GetInt32(3), r.GetBoolean(4)), P(instance.SopInstanceUid));
        return rows.Count > 0 ? rows[0] : null;
    }

    private bool TryFlush()
    {
        try
        {
            blob.Flush();
            return true;
        }
        catch (IOException e)
        {
            pipeline.Log.StorageFailed(e);
            return false;
        }
    }

    /// <summary>The blob may not be on the medium: its row, if there is one, goes with it.</summary>
    private (IngestOutcome Outcome, string Message, bool IsInDoubt) Undo(IndexOutcome outcome)
    {
        if (outcome is IndexOutcome.Refused) return Discard(IngestOutcome.OutOfResources, StorageFails);
        try
        {
            using var connection = pipeline.Source.OpenConnection();
            using var transaction = connection.BeginTransaction();
            var sql = new Statements(connection);
            var ids = sql.Query("SELECT id FROM instances WHERE blob_key = $2 AND sop_instance_uid = $1", r => r.GetInt64(0), P(instance.SopInstanceUid), P(instance.BlobKey)).ToArray();
            InstanceRemoval.RemoveEmpty(sql, InstanceRemoval.Remove(sql, ids));
            transaction.Commit();
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            pipeline.Log.DatabaseFailed(e);
            // It must not become one that is settled: a later flush says nothing of what this one lost.
            return (IngestOutcome.OutOfResources, StorageFails, true);
        }
        var discarded = Discard(IngestOutcome.OutOfResources, StorageFails);
        return discarded with { IsInDoubt = discarded.IsInDoubt || outcome is IndexOutcome.Unavailable };
    }

    private (IngestOutcome Outcome, string Message, bool IsInDoubt) Discard(IngestOutcome outcome, string message)
    {
        try
        {
            pipeline.Blobs.Delete(instance.BlobKey);
            return (outcome, message, false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            pipeline.Log.StorageFailed(e);
            return InDoubt(outcome, message);
        }
    }

    private (IngestOutcome Outcome, string Message, bool IsInDoubt) InDoubt(IngestOutcome outcome, string message)
    {
        pipeline.Doubts.Add(instance);
        return (outcome, message, true);
    }
}
