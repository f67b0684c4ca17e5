using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Storage.Hosting;
using Pacs.Storage.Routing;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Indexing;

/// <summary>
/// Commits instances to the index: one thread with one connection, which takes whatever is waiting and commits it together.
/// While the commit of one batch reaches the disk the next one gathers, so that batches grow with the load.
/// </summary>
internal sealed class IndexWriter : IDisposable
{
    private const int MaxBatch = 256;
    private const int MaxWaiting = 4096;
    private const int MaxPlaces = 20_000;

    private readonly NpgsqlDataSource _source;
    private readonly ILogger<IndexWriter> _log;
    private readonly TimeProvider _time;
    private readonly Router _router;
    private readonly TimeSpan _patience;
    private readonly Queue<Ticket> _waiting = new();
    private readonly Dictionary<string, SeriesPlace> _places = [];
    private readonly Thread _thread;
    private NpgsqlConnection? _connection;
    private bool _stopping;
    private bool _placesStale;
    private bool _rulesStale = true;

    public IndexWriter(PacsDatabase database, PacsOptions options, Router router, TimeProvider time, ILogger<IndexWriter> log)
    {
        _router = router;
        (_source, _time, _log) = (database.KeyedSource, time, log);
        _patience = TimeSpan.FromSeconds(options.Database.IngestTimeoutSeconds);
        _thread = new Thread(Run) { Name = "index writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Takes an entry; its ticket tells when it is committed.</summary>
    public Ticket Enqueue(IndexEntry entry)
    {
        var ticket = new Ticket(entry, _time.GetTimestamp());
        lock (_waiting)
        {
            if (_stopping || _waiting.Count >= MaxWaiting) ticket.Complete(IndexOutcome.Refused);
            else
            {
                _waiting.Enqueue(ticket);
                Monitor.Pulse(_waiting);
            }
        }
        return ticket;
    }

    /// <summary>The index was rebuilt: nothing that is remembered of it counts.</summary>
    public void Forget() => Volatile.Write(ref _placesStale, true);

    public void Dispose()
    {
        lock (_waiting)
        {
            _stopping = true;
            Monitor.PulseAll(_waiting);
        }
        _thread.Join();
        _connection?.Dispose();
    }

    private void Run()
    {
        while (Next() is { Count: > 0 } batch) Commit(batch);
    }

    private List<Ticket> Next()
    {
        lock (_waiting)
        {
            while (_waiting.Count == 0 && !_stopping) Monitor.Wait(_waiting);
            var batch = new List<Ticket>(Math.Min(_waiting.Count, MaxBatch));
            while (batch.Count < MaxBatch && _waiting.TryDequeue(out var ticket)) batch.Add(ticket);
            return batch;
        }
    }

    private void Commit(List<Ticket> batch)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (Interlocked.Exchange(ref _placesStale, false) || _places.Count > MaxPlaces) _places.Clear();
                var sql = new Statements(Connection());
                if (_rulesStale) _router.Refresh(sql);
                _rulesStale = false;
                var outcomes = batch.All(t => _places.TryGetValue(t.Entry.SeriesUid, out var place) && place.Holds(t.Entry))
                    ? Outcomes(batch, InstanceInsert.Run(sql, Entries(batch), _places, _router.Rules))
                    : CommitWithParents(sql, batch);
                for (var i = 0; i < batch.Count; i++) batch[i].Complete(outcomes[i]);
                return;
            }
            catch (Exception e) when (IsRace(e) && attempt < 50)
            {
                // They may be what was lost.
                _rulesStale = true;
                foreach (var ticket in batch) _places.Remove(ticket.Entry.SeriesUid);
            }
            catch (PostgresException e) when (!e.IsTransient && !IsShutdown(e))
            {
                if (batch.Count == 1)
                {
                    _log.EntryRefused(batch[0].Entry.Instance.SopInstanceUid, e.SqlState);
                    batch[0].Complete(IndexOutcome.Refused);
                    return;
                }
                // One that the database does not take shall not take the others with it.
                foreach (var ticket in batch) Commit([ticket]);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidOperationException or IOException or PlaceLostException)
            {
                Disconnect();
                if (attempt == 0) _log.DatabaseAway(e.Message);
                batch.RemoveAll(GiveUp);
                if (batch.Count == 0) return;
                Thread.Sleep(100);
            }
            catch (Exception e)
            {
                // The thread serves every association: nothing may end it.
                _log.BatchFailed(e);
                Disconnect();
                foreach (var ticket in batch) ticket.Complete(IndexOutcome.Unavailable);
                return;
            }
        }
    }

    private bool GiveUp(Ticket ticket)
    {
        if (_time.GetElapsedTime(ticket.Since) < _patience && !_stopping) return false;
        ticket.Complete(IndexOutcome.Unavailable);
        return true;
    }

    private IndexOutcome[] CommitWithParents(Statements sql, List<Ticket> batch)
    {
        using var transaction = _connection!.BeginTransaction();
        var vacated = Vacate(sql, batch);
        // An entry whose former version is not the one that was compared is told so; the rest goes on.
        var go = batch.Where(t => t.Entry.Replaces is null || vacated.ContainsKey(t.Entry)).ToList();
        var places = new ParentResolver(sql).Resolve(Entries(go));
        var inserted = InstanceInsert.Run(sql, Entries(go), places, _router.Rules);
        var emptied = vacated.Values.SelectMany(s => s).Distinct().ToArray();
        if (emptied.Length > 0) InstanceRemoval.RemoveEmpty(sql, emptied);
        transaction.Commit();
        foreach (var (uid, place) in places) _places[uid] = place;
        return Outcomes(batch, inserted);
    }

    /// <summary>Puts aside the versions that are to be replaced.</summary>
    private static Dictionary<IndexEntry, long[]> Vacate(Statements sql, List<Ticket> batch)
    {
        var vacated = new Dictionary<IndexEntry, long[]>();
        foreach (var entry in Entries(batch).Where(e => e.Replaces is not null))
        {
            // Our own former attempt may have been committed after all.
            var id = sql.Query("SELECT id FROM instances WHERE sop_instance_uid = $1 AND blob_key = $2", r => r.GetInt64(0), P(entry.Instance.SopInstanceUid), P(entry.Replaces));
            if (id.Count == 0) continue;
            var kept = sql.Execute(
                """
                INSERT INTO instance_versions (sop_instance_uid, study_instance_uid, series_instance_uid, transfer_syntax_uid, blob_key, blob_length, dataset_offset, dataset_crc, received_at)
                SELECT i.sop_instance_uid, st.study_instance_uid, se.series_instance_uid, i.transfer_syntax_uid, i.blob_key, i.blob_length, i.dataset_offset, i.dataset_crc, i.received_at
                FROM instances i JOIN series se ON se.id = i.series_key JOIN studies st ON st.id = se.study_key WHERE i.id = $1
                ON CONFLICT DO NOTHING
                """, P(id[0]));
            var series = InstanceRemoval.Remove(sql, [id[0]]);
            if (kept == 0 || series.Length == 0) throw new PlaceLostException();
            vacated.Add(entry, series);
        }
        return vacated;
    }

    private static IndexOutcome[] Outcomes(List<Ticket> batch, HashSet<string> inserted) =>
        [.. batch.Select(t => inserted.Contains(t.Entry.Instance.BlobKey) ? IndexOutcome.Committed : IndexOutcome.Occupied)];

    private static List<IndexEntry> Entries(List<Ticket> batch) => [.. batch.Select(t => t.Entry)];

    private NpgsqlConnection Connection() => _connection ??= _source.OpenConnection();

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
        _rulesStale = true;
        _places.Clear();
    }

    private static bool IsRace(Exception e) =>
        e is PlaceLostException or PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.UniqueViolation };

    private static bool IsShutdown(PostgresException e) => e.SqlState.StartsWith("57", StringComparison.Ordinal) || e.SqlState.StartsWith("53", StringComparison.Ordinal);
}
