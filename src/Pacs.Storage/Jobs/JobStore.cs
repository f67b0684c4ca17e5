using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Jobs;

/// <summary>The rows of a job in somebody's hands. Every write of a run is fenced by its number. What comes again and again in each run is prepared.</summary>
public sealed class JobStore(PacsDatabase database, PeerQueueStore queues)
{
    /// <summary>Channel on which new work is announced by an empty text, and that a job is to stop by its identifier.</summary>
    public const string Channel = "pacs_jobs";

    /// <summary>A connection that is told of new work.</summary>
    public async Task<NpgsqlConnection> ListenAsync(CancellationToken cancellation)
    {
        var connection = await database.DataSource.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand($"LISTEN {Channel}", connection);
        await command.ExecuteNonQueryAsync(cancellation);
        return connection;
    }

    /// <summary>How many objects there are by now, how many have failed for good, how many wait for another run, how many have a warning, and the message of the first that did not succeed.</summary>
    public async Task<(int Total, int Failed, int Open, int Warned, string Message)> SummariseAsync(JobRun run, CancellationToken cancellation)
    {
        await using var command = database.KeyedSource.CreateCommand(
            """
            SELECT (SELECT objects_total FROM jobs WHERE id = $1), count(*) FILTER (WHERE state = 4)::int, count(*) FILTER (WHERE state IN (0, 1, 2))::int, count(*) FILTER (WHERE state = 6)::int,
                   coalesce((array_agg(message ORDER BY state, number) FILTER (WHERE state IN (2, 4, 6) AND message <> ''))[1], '')
            FROM job_objects WHERE job_id = $1 AND state <> 3
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, run.Job.Id));
        return (await JobRows.ReadAllAsync(command, row => (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetString(4)), cancellation))[0];
    }

    /// <summary>The job has ended. Objects still open become <paramref name="left"/> with it.</summary>
    /// <returns>The state the job has now: another where somebody was quicker. Null when the run was no longer the job's.</returns>
    public Task<JobState?> FinishAsync(JobRun run, JobState state, JobState left, string message, CancellationToken cancellation) => EndAsync(
        run,
        """
        WITH job AS (
            UPDATE jobs SET
                worker = NULL, run_started_at = NULL,
                state = CASE WHEN state = 1 THEN $4 ELSE state END,
                message = CASE WHEN state = 1 THEN $5 ELSE message END,
                finished_at = CASE WHEN state = 1 THEN now() ELSE finished_at END,
                objects_failed = CASE WHEN state = 1 THEN (SELECT count(*) FROM job_objects WHERE job_id = $1 AND (state = 4 OR (state IN (0, 1, 2) AND $6 = 4))) ELSE objects_failed END
            WHERE id = $1 AND run = $2 AND worker = $3 RETURNING id, state, message
        ), objects AS (
            UPDATE job_objects o SET state = $6, message = CASE WHEN o.message = '' THEN $5 ELSE o.message END, updated_at = now()
            FROM job WHERE o.job_id = job.id AND o.state IN (0, 1, 2) AND job.state = $4
        ),
        """,
        cancellation,
        JobRows.Parameter(NpgsqlDbType.Smallint, (short)state),
        JobRows.Parameter(NpgsqlDbType.Text, message),
        JobRows.Parameter(NpgsqlDbType.Smallint, (short)left));

    /// <summary>
    /// The job goes on later: after the delay, or as soon as its peer's queue does when there is none; at once when what it was to
    /// wait for came while it still ran (<c>next_attempt_at</c> was set).
    /// </summary>
    /// <returns>As <see cref="FinishAsync"/>.</returns>
    public Task<JobState?> PostponeAsync(JobRun run, int attempts, TimeSpan delay, string message, CancellationToken cancellation) => EndAsync(
        run,
        """
        WITH job AS (
            UPDATE jobs SET
                worker = NULL, run_started_at = NULL,
                state = CASE WHEN state <> 1 THEN state WHEN $5 = interval '0' THEN 0 ELSE 2 END,
                attempts = CASE WHEN state = 1 THEN $4 ELSE attempts END,
                next_attempt_at = CASE WHEN state = 1 AND $5 <> interval '0' AND next_attempt_at <= run_started_at THEN now() + $5 ELSE next_attempt_at END,
                message = CASE WHEN state = 1 THEN $6 ELSE message END
            WHERE id = $1 AND run = $2 AND worker = $3 RETURNING id, state, message
        ),
        """,
        cancellation,
        JobRows.Parameter(NpgsqlDbType.Integer, attempts),
        JobRows.Parameter(NpgsqlDbType.Interval, delay),
        JobRows.Parameter(NpgsqlDbType.Text, message));

    internal async Task<IReadOnlyList<JobObject>> ReadNextAsync(JobRun run, int after, int limit, CancellationToken cancellation)
    {
        await using var command = database.KeyedSource.CreateCommand(
            $"""
            SELECT {JobRows.ObjectColumns} FROM job_objects
            WHERE job_id = $1 AND number > $4 AND state = 0 AND EXISTS (SELECT FROM jobs WHERE id = $1 AND run = $2 AND worker = $3 AND state = 1)
            ORDER BY number LIMIT $5
            """);
        AddRun(command, run);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, after));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, limit));
        return await JobRows.ReadAllAsync(command, JobRows.ReadObject, cancellation);
    }

    internal async Task<IReadOnlyList<JobObject>> AddAsync(JobRun run, IReadOnlyList<JobItem> items, CancellationToken cancellation)
    {
        await using var command = database.DataSource.CreateCommand(
            $"""
            WITH job AS (
                SELECT id, objects_total FROM jobs WHERE id = $1 AND run = $2 AND worker = $3 FOR UPDATE
            ), fresh AS (
                SELECT u.uid, u.bytes, row_number() OVER (ORDER BY u.n) AS n
                FROM (SELECT DISTINCT ON (uid) * FROM unnest($4::text[], $5::bigint[]) WITH ORDINALITY u (uid, bytes, n) ORDER BY uid, n) u
                LEFT JOIN job_objects o ON o.job_id = $1 AND o.sop_instance_uid = u.uid
                WHERE o.number IS NULL
            ), added AS (
                INSERT INTO job_objects (job_id, number, sop_instance_uid, bytes)
                SELECT job.id, job.objects_total + fresh.n, fresh.uid, fresh.bytes FROM job, fresh RETURNING {JobRows.ObjectColumns}
            ), counted AS (
                UPDATE jobs SET objects_total = objects_total + s.count, bytes_total = bytes_total + s.bytes
                FROM (SELECT count(*)::int AS count, coalesce(sum(bytes), 0) AS bytes FROM added) s WHERE id = $1
            )
            SELECT * FROM added ORDER BY number
            """);
        AddRun(command, run);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, items.Select(i => i.Uid).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, items.Select(i => i.Bytes).ToArray()));
        return await JobRows.ReadAllAsync(command, JobRows.ReadObject, cancellation);
    }

    // Written although the job may have been cancelled meanwhile: what was sent was sent. What has an end keeps it, so that
    // what is written twice, for want of an answer, counts once. The job's row is locked before those of its objects, as wherever both are.
    internal async Task ReportAsync(JobRun run, IReadOnlyList<ObjectReport> reports, CancellationToken cancellation)
    {
        await using var command = database.KeyedSource.CreateCommand(
            """
            WITH job AS (
                SELECT id, CASE WHEN alternates <> '{}' THEN peer END AS peer FROM jobs WHERE id = $1 AND run = $2 AND worker = $3 FOR NO KEY UPDATE
            ), objects AS (
                UPDATE job_objects o SET
                    state = r.state, status = r.status, message = r.message, bytes = o.bytes + r.more, attempts = o.attempts + CASE WHEN r.state = 1 THEN 0 ELSE 1 END,
                    started_at = r.started, finished_at = r.finished, updated_at = now(), peer = CASE WHEN r.state IN (3, 6) THEN job.peer END
                FROM job, unnest($4::int[], $5::smallint[], $6::int[], $7::text[], $8::bigint[], $9::timestamptz[], $10::timestamptz[]) r (number, state, status, message, more, started, finished)
                WHERE o.job_id = job.id AND o.number = r.number AND o.state NOT IN (3, 4, 6) AND (r.state NOT IN (1, 2) OR o.state <> 5)
                RETURNING o.state, o.bytes, r.more
            )
            UPDATE jobs SET
                objects_done = objects_done + s.done, objects_warned = objects_warned + s.warned, objects_failed = objects_failed + s.failed,
                bytes_done = bytes_done + s.bytes, bytes_total = bytes_total + s.more
            FROM (
                SELECT count(*) FILTER (WHERE state IN (3, 6))::int AS done, count(*) FILTER (WHERE state = 6)::int AS warned, count(*) FILTER (WHERE state = 4)::int AS failed,
                       coalesce(sum(bytes) FILTER (WHERE state IN (3, 6)), 0) AS bytes, coalesce(sum(more), 0) AS more FROM objects
            ) s
            WHERE id = $1 AND (s.done > 0 OR s.failed > 0 OR s.more <> 0)
            """);
        AddRun(command, run);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Integer, reports.Select(r => r.Result.Number).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Smallint, reports.Select(r => (short)r.Result.State).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Integer, reports.Select(r => r.Result.Status).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, reports.Select(r => r.Result.Message).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, reports.Select(r => r.Result.Bytes is { } bytes ? bytes - r.ListedBytes : 0).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, reports.Select(r => r.StartedAt).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, reports.Select(r => r.FinishedAt).ToArray()));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    internal Task PeerAnsweredAsync(string peer, CancellationToken cancellation) => queues.AnsweredAsync(peer, cancellation);

    private async Task<JobState?> EndAsync(JobRun run, string ending, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        var objects = parameters.Length + 4;
        await using var command = database.KeyedSource.CreateCommand(
            $"""
            {ending} record AS (
                UPDATE job_runs r SET finished_at = now(), state = job.state, message = job.message, objects = ${objects}, bytes = ${objects + 1}
                FROM job WHERE r.job_id = job.id AND r.number = $2
            )
            SELECT state FROM job
            """);
        AddRun(command, run);
        command.Parameters.AddRange(parameters);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, run.Done));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, run.Bytes));
        return await command.ExecuteScalarAsync(cancellation) is short state ? (JobState)state : null;
    }

    private static void AddRun(NpgsqlCommand command, JobRun run)
    {
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, run.Job.Id));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, run.Number));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, run.Worker));
    }
}
