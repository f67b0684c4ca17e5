using Microsoft.Extensions.Logging;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Model;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Ingest;

/// <summary>
/// Objects that were refused because the database did not say whether it took them. Once it answers again they are settled
/// as recovery would: what is indexed stays, the file of what is not goes to quarantine. Until then they hold the
/// checkpoint; those left at the end of the process are recovery's.
/// </summary>
internal sealed class DoubtfulObjects(PacsDatabase database, IBlobStore blobs, WriterFolder writer, TimeProvider time, ILogger<DoubtfulObjects> log) : IDisposable
{
    /// <summary>By then no statement of the lost connection can still commit: each has ten seconds.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private sealed record Doubt(string SopInstanceUid, string BlobKey, DateTimeOffset ReceivedAt, long Since);

    private readonly List<Doubt> _waiting = [];
    private readonly Lock _settling = new();
    private ITimer? _timer;

    public void Add(Instance instance)
    {
        lock (_waiting)
        {
            _waiting.Add(new Doubt(instance.SopInstanceUid, instance.BlobKey, instance.ReceivedAt, time.GetTimestamp()));
            _timer ??= time.CreateTimer(_ => Settle(Rest), null, Interval, Interval);
        }
    }

    /// <summary>Settles what has been in doubt for longer than the time. Never throws: what cannot be settled now is tried again.</summary>
    public void Settle(TimeSpan rest)
    {
        lock (_settling)
        {
            List<Doubt> due;
            lock (_waiting) due = _waiting.FindAll(w => time.GetElapsedTime(w.Since) >= rest);
            foreach (var doubt in due)
            {
                if (!TrySettle(doubt)) return;
                lock (_waiting) _waiting.Remove(doubt);
            }
        }
    }

    public void Dispose()
    {
        lock (_waiting) _timer?.Dispose();
    }

    private bool TrySettle(Doubt doubt)
    {
        try
        {
            if (!IsIndexed(doubt)) PutAside(doubt.BlobKey);
            writer.End(BlobKey.NumberOf(doubt.BlobKey), doubt.ReceivedAt);
            log.Settled(doubt.SopInstanceUid);
            return true;
        }
        catch (Exception e)
        {
            // On a timer's thread, where an exception ends the process.
            log.NotSettled(doubt.SopInstanceUid, e);
            return false;
        }
    }

    private bool IsIndexed(Doubt doubt)
    {
        using var connection = database.KeyedSource.OpenConnection();
        return new Statements(connection).Query(
            "SELECT FROM instances WHERE sop_instance_uid = $1 AND blob_key = $2 UNION ALL SELECT FROM instance_versions WHERE blob_key = $2",
            _ => true, P(doubt.SopInstanceUid), P(doubt.BlobKey)).Count > 0;
    }

    private void PutAside(string blobKey)
    {
        try
        {
            blobs.Quarantine(blobKey);
            log.PutAside(blobKey);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            log.IsGone(blobKey);
        }
    }
}
