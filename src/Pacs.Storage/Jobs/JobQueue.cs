using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;
using Pacs.Storage.Retention;

namespace Pacs.Storage.Jobs;

/// <summary>
/// What a worker takes its work from. One worker at a time decides what it begins, under a lock of the database, so that the
/// limits of a peer hold over all of them. A job stays in the hands of the worker that began it until that ends the run, or
/// lets its lease lapse.
/// </summary>
public sealed class JobQueue(PacsDatabase database, JobStore jobs, PeerQueueStore queues, PeerStore peers, PacsOptions options, TimeProvider time)
{
    /// <summary>Of the advisory lock: any number that nothing else uses.</summary>
    private const long LockKey = 0x50414353_4A4F42;

    /// <summary>Runs that are remembered of each job.</summary>
    private const int KeptRuns = 20;

    private const int WakeBatch = 1000;
    private const int PruneBatch = 20;

    /// <summary>Says that the worker lives, and takes back jobs of those that do not, and of this one where a run ended without a word.</summary>
    /// <param name="worker">Names this process.</param>
    /// <param name="running">Jobs that it has in hand.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Those of them that are to stop: cancelled, paused, or taken over by another.</returns>
    public async Task<IReadOnlyList<long>> RenewAsync(string worker, IReadOnlyCollection<long> running, CancellationToken cancellation)
    {
        await using var batch = database.DataSource.CreateBatch();
        Add(batch, "INSERT INTO job_workers (id, leased_until) VALUES ($1, now() + $2) ON CONFLICT (id) DO UPDATE SET leased_until = excluded.leased_until",
            JobRows.Parameter(NpgsqlDbType.Text, worker), JobRows.Parameter(NpgsqlDbType.Interval, TimeSpan.FromSeconds(options.Jobs.LeaseSeconds)));
        Add(batch, "DELETE FROM job_workers WHERE leased_until < now() - interval '1 hour'");
        Add(batch,
            """
            UPDATE jobs SET worker = NULL, run_started_at = NULL, state = CASE WHEN state = 1 THEN 0 ELSE state END
            WHERE (worker IS NOT NULL AND ((worker = $1 AND id <> ALL($2)) OR worker NOT IN (SELECT id FROM job_workers WHERE leased_until > now())))
               OR (state = 1 AND worker IS NULL)
            """,
            JobRows.Parameter(NpgsqlDbType.Text, worker), JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, running.ToArray()));
        Add(batch,
            "UPDATE jobs SET state = 0 WHERE id IN (SELECT id FROM jobs WHERE state = 2 AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)",
            JobRows.Parameter(NpgsqlDbType.Integer, WakeBatch));
        // A job with alternates goes on to the first whose queue is open, and remembers where it could not go. One that was
        // not begun yet first tries a peer that may be tried again: otherwise, with all its jobs gone, nobody would find it back.
        Add(batch,
            """
            WITH queues AS (
                SELECT peer, is_held OR closed_until IS NOT NULL OR away_until > now() AS has_stopped FROM peer_queues
            )
            UPDATE jobs j SET peer = m.peer, alternates = m.alternates
            FROM (
                SELECT j.id, a.peer, array_append(array_remove(j.alternates, a.peer), j.peer) AS alternates
                FROM queues q JOIN jobs j ON j.peer = q.peer
                CROSS JOIN LATERAL (
                    SELECT u.peer FROM unnest(j.alternates) WITH ORDINALITY u (peer, n) LEFT JOIN queues h ON h.peer = u.peer
                    WHERE h.peer IS NULL OR (q.has_stopped AND NOT h.has_stopped) ORDER BY u.n LIMIT 1
                ) a
                WHERE j.state IN (0, 2) AND j.worker IS NULL AND j.alternates <> '{}' AND (q.has_stopped OR j.run > 0)
            ) m
            WHERE j.id = m.id AND j.state IN (0, 2) AND j.worker IS NULL
            """);
        Add(batch, "SELECT r.id FROM unnest($2::bigint[]) r (id) WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.id = r.id AND j.worker = $1 AND j.state = 1)",
            JobRows.Parameter(NpgsqlDbType.Text, worker), JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, running.ToArray()));
        var stopped = new List<long>();
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        do
        {
            while (await reader.ReadAsync(cancellation)) stopped.Add(reader.GetInt64(0));
        }
        while (await reader.NextResultAsync(cancellation));
        return stopped;
    }

    /// <summary>Begins jobs.</summary>
    /// <param name="worker">Whose they are from now on.</param>
    /// <param name="places">Jobs that it runs at a time.</param>
    /// <param name="inHand">Those that it has not let go of yet: also what another has taken over, or given back, meanwhile.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyList<JobRun>> TakeAsync(string worker, int places, IReadOnlyCollection<long> inHand, CancellationToken cancellation)
    {
        var free = places - inHand.Count;
        if (free <= 0) return [];
        await using var connection = await database.KeyedSource.OpenConnectionAsync(cancellation);
        // Without the lock: most often nothing is there to be done, or no room to do it.
        var waiting = await ListQueuesAsync(connection, cancellation);
        if (waiting.Count == 0) return [];
        var known = await ListPeersAsync(cancellation);
        if ((await RoomsAsync(waiting, known, cancellation)).Values.All(r => r == 0)) return [];

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var locking = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection) { Parameters = { JobRows.Parameter(NpgsqlDbType.Bigint, LockKey) } })
            await locking.ExecuteNonQueryAsync(cancellation);
        waiting = await ListQueuesAsync(connection, cancellation);
        var candidates = await ListCandidatesAsync(connection, await RoomsAsync(waiting, known, cancellation), inHand, free, cancellation);
        var chosen = JobAdmission.Choose(candidates, waiting.ToDictionary(q => q.Peer, q => q.Running), places, free);
        var runs = chosen.Count == 0 ? [] : await BeginAsync(connection, worker, chosen, known, cancellation);
        await transaction.CommitAsync(cancellation);
        return runs;
    }

    /// <summary>Of the given jobs those whose peers are outside their hours.</summary>
    public async Task<IReadOnlyList<long>> ListClosedAsync(IEnumerable<Job> running, CancellationToken cancellation)
    {
        var all = running.Where(j => j.Peer is not null).ToList();
        if (all.Count == 0) return [];
        var known = await ListPeersAsync(cancellation);
        var closed = new List<long>();
        foreach (var queue in all.GroupBy(j => j.Peer!))
        {
            if (known.GetValueOrDefault(queue.Key)?.Outbound is not { Hours.Count: > 0 } outbound || PeerSchedule.ClosedUntil(outbound, time.GetUtcNow(), time.LocalTimeZone) is not { } until) continue;
            await queues.CloseAsync(queue.Key, until, cancellation);
            closed.AddRange(queue.Select(j => j.Id));
        }
        return closed;
    }

    /// <summary>Jobs that have waited too long for a peer that is away have failed; of those that ended long ago nothing stays.</summary>
    /// <param name="patient">Kinds that wait as long as it takes.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>How many have failed, and how many are gone.</returns>
    public async Task<(int Failed, int Pruned)> TidyAsync(IReadOnlyList<string> patient, CancellationToken cancellation)
    {
        var failed = 0;
        if (options.Jobs.GiveUpAfterHours > 0)
        {
            await using var command = database.DataSource.CreateCommand(
                """
                WITH late AS (
                    SELECT j.id, q.reason FROM jobs j JOIN peer_queues q ON q.peer = j.peer
                    WHERE j.state IN (0, 2) AND j.worker IS NULL AND q.away_until IS NOT NULL AND NOT q.is_held
                      AND q.since < now() - $1 AND j.next_attempt_at < now() - $1 AND j.kind <> ALL($2)
                    LIMIT $3 FOR UPDATE OF j SKIP LOCKED
                ), job AS (
                    UPDATE jobs j SET state = 4, finished_at = now(), message = 'Given up: the peer has been away too long. ' || late.reason,
                        objects_failed = (SELECT count(*) FROM job_objects o WHERE o.job_id = j.id AND o.state NOT IN (3, 6))
                    FROM late WHERE j.id = late.id RETURNING j.id, j.message
                ), objects AS (
                    UPDATE job_objects o SET state = 4, message = job.message, updated_at = now() FROM job WHERE o.job_id = job.id AND o.state IN (0, 1, 2)
                )
                SELECT count(*)::int FROM job
                """);
            command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, TimeSpan.FromHours(options.Jobs.GiveUpAfterHours)));
            command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, patient.ToArray()));
            command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, WakeBatch));
            failed = (int)(await command.ExecuteScalarAsync(cancellation))!;
        }
        await using var prune = database.DataSource.CreateCommand(
            $"""
            DELETE FROM jobs WHERE id IN (
                SELECT id FROM jobs j WHERE finished_at < now() - $1 AND NOT (state = {(int)JobState.Failed} AND {RetentionStore.KeepsStudy}) LIMIT $2 FOR UPDATE SKIP LOCKED)
            """);
        prune.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, TimeSpan.FromDays(options.Jobs.KeepDays)));
        prune.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, PruneBatch));
        var pruned = 0;
        while (await prune.ExecuteNonQueryAsync(cancellation) is > 0 and var gone) pruned += gone;
        return (failed, pruned);
    }

    /// <summary>How many jobs of each queue may be begun now. Keeps what the peers' hours say.</summary>
    private async Task<Dictionary<string, int>> RoomsAsync(IReadOnlyList<QueueRow> waiting, Dictionary<string, Peer> known, CancellationToken cancellation)
    {
        var rooms = new Dictionary<string, int>();
        foreach (var queue in waiting)
        {
            var outbound = queue.Peer.Length == 0 ? null : known.GetValueOrDefault(queue.Peer)?.Outbound ?? new PeerOutbound();
            var closedUntil = outbound is null ? null : PeerSchedule.ClosedUntil(outbound, time.GetUtcNow(), time.LocalTimeZone);
            if (closedUntil is not null || queue.IsClosed) await queues.CloseAsync(queue.Peer, closedUntil, cancellation);
            rooms[queue.Peer] = closedUntil is not null || queue.IsHeld || queue.IsBackingOff ? 0 : JobAdmission.Room(outbound, queue.Running, queue.IsAway);
        }
        return rooms;
    }

    private async Task<Dictionary<string, Peer>> ListPeersAsync(CancellationToken cancellation) =>
        (await peers.ListAsync(cancellation, new List<UnreadableSettingsException>())).ToDictionary(p => p.AeTitle);

    /// <summary>Every peer that has queued jobs; the index is asked once for each, however many jobs it has.</summary>
    private static async Task<IReadOnlyList<QueueRow>> ListQueuesAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            WITH RECURSIVE queue (peer) AS (
                (SELECT coalesce(peer, '') FROM jobs WHERE state = 0 AND worker IS NULL ORDER BY coalesce(peer, '') LIMIT 1)
                UNION ALL
                SELECT (SELECT coalesce(j.peer, '') FROM jobs j WHERE j.state = 0 AND j.worker IS NULL AND coalesce(j.peer, '') > queue.peer ORDER BY coalesce(j.peer, '') LIMIT 1)
                FROM queue WHERE queue.peer IS NOT NULL
            )
            SELECT queue.peer, (SELECT count(*)::int FROM jobs r WHERE r.worker IS NOT NULL AND coalesce(r.peer, '') = queue.peer),
                   q.away_until IS NOT NULL, coalesce(q.away_until > now(), false), q.closed_until IS NOT NULL, coalesce(q.is_held, false)
            FROM queue LEFT JOIN peer_queues q ON q.peer = queue.peer WHERE queue.peer IS NOT NULL
            """,
            connection);
        return await JobRows.ReadAllAsync(
            command, row => new QueueRow(row.GetString(0), row.GetInt32(1), row.GetBoolean(2), row.GetBoolean(3), row.GetBoolean(4), row.GetBoolean(5)), cancellation);
    }

    private static async Task<IReadOnlyList<JobCandidate>> ListCandidatesAsync(
        NpgsqlConnection connection, Dictionary<string, int> rooms, IReadOnlyCollection<long> inHand, int free, CancellationToken cancellation)
    {
        var open = rooms.Where(r => r.Value > 0).ToList();
        if (open.Count == 0) return [];
        await using var command = new NpgsqlCommand(
            """
            SELECT n.id, room.queue, n.priority FROM unnest($1::text[], $2::int[]) room (queue, count) CROSS JOIN LATERAL (
                SELECT id, priority FROM jobs WHERE state = 0 AND worker IS NULL AND coalesce(peer, '') = room.queue AND next_attempt_at <= now() AND id <> ALL($3)
                ORDER BY priority DESC, id LIMIT room.count
            ) n
            """,
            connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, open.Select(r => r.Key).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Integer, open.Select(r => Math.Min(r.Value, free)).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, inHand.ToArray()));
        return await JobRows.ReadAllAsync(command, row => new JobCandidate(row.GetInt64(0), row.GetString(1), row.GetInt16(2)), cancellation);
    }

    private async Task<IReadOnlyList<JobRun>> BeginAsync(
        NpgsqlConnection connection, string worker, IReadOnlyList<long> chosen, Dictionary<string, Peer> known, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"""
            WITH job AS (
                UPDATE jobs SET state = 1, worker = $1, run = run + 1, message = '', started_at = coalesce(started_at, now()),
                    run_started_at = clock_timestamp(), run_objects = objects_done, run_bytes = bytes_done
                WHERE id = ANY($2) AND state = 0 AND worker IS NULL RETURNING *
            ), objects AS (
                UPDATE job_objects o SET state = 0 FROM job WHERE o.job_id = job.id AND o.state IN (1, 2)
            ), begun AS (
                INSERT INTO job_runs (job_id, number, peer, worker) SELECT id, run, peer, worker FROM job
            ), forgotten AS (
                DELETE FROM job_runs r USING job WHERE r.job_id = job.id AND r.number <= job.run - $3
            )
            SELECT {JobRows.Columns} FROM job j LEFT JOIN peer_queues q ON q.peer = j.peer ORDER BY j.priority DESC, j.id
            """,
            connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, worker));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, chosen.ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, KeptRuns));
        return await JobRows.ReadAllAsync(command, Read, cancellation);

        JobRun Read(NpgsqlDataReader row)
        {
            var job = JobRows.ReadJob(row);
            var outbound = job.Peer is { } peer ? known.GetValueOrDefault(peer)?.Outbound : null;
            return new JobRun(jobs, time, worker, job, row.GetInt32(JobRows.Run), outbound is { StopAtFirstFailure: true });
        }
    }

    private static void Add(NpgsqlBatch batch, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }

    private readonly record struct QueueRow(string Peer, int Running, bool IsAway, bool IsBackingOff, bool IsClosed, bool IsHeld);
}
