using Npgsql;
using NpgsqlTypes;

namespace Pacs.Storage.Jobs;

/// <summary>The job rows as the engine works on them. Every write of a run is fenced by its number.</summary>
public sealed class JobStore(NpgsqlDataSource database)
{
    /// <summary>Channel on which new work is announced.</summary>
    public const string Channel = "pacs_jobs";

    private const int BatchSize = 16;

    /// <summary>Jobs that should run now, longest due first: new ones, those whose wait is over, and those that a worker left behind.</summary>
    public async Task<IReadOnlyList<long>> ListDueAsync(int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT id FROM jobs WHERE state IN (0, 1, 2) AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT $1");
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, limit));
        return await JobRows.ReadAllAsync(command, row => row.GetInt64(0), cancellation);
    }

    /// <summary>Begins a run, ending any other of the same job; objects without an end are to be tried again. Null when the job has ended or is not due.</summary>
    public async Task<JobRun?> BeginAsync(long id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"""
            WITH job AS (
                UPDATE jobs SET state = 1, run = run + 1, message = '', started_at = coalesce(started_at, now())
                WHERE id = $1 AND state IN (0, 1, 2) AND next_attempt_at <= now() RETURNING *
            ), objects AS (
                UPDATE job_objects o SET state = 0 FROM job WHERE o.job_id = job.id AND o.state IN (1, 2)
            )
            SELECT {JobRows.Columns} FROM job
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, id));
        return (await JobRows.ReadAllAsync(command, row => new JobRun(this, JobRows.ReadJob(row), row.GetInt32(16)), cancellation)).FirstOrDefault();
    }

    /// <summary>How many objects have failed for good, how many wait for another run, and the message of the first of either.</summary>
    public async Task<(int Failed, int Open, string Message)> SummariseAsync(JobRun run, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT count(*) FILTER (WHERE state = 4)::int, count(*) FILTER (WHERE state IN (0, 1, 2))::int,
                   coalesce((array_agg(message ORDER BY state, number) FILTER (WHERE state IN (2, 4) AND message <> ''))[1], '')
            FROM job_objects WHERE job_id = $1 AND state <> 3
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, run.Job.Id));
        return (await JobRows.ReadAllAsync(command, row => (row.GetInt32(0), row.GetInt32(1), row.GetString(2)), cancellation))[0];
    }

    /// <summary>The job succeeded, or failed for good; then objects still open fail with it.</summary>
    /// <returns>Whether the run was still the job's.</returns>
    public Task<bool> FinishAsync(JobRun run, JobState state, string message, CancellationToken cancellation) => EndAsync(
        run,
        """
        WITH job AS (
            UPDATE jobs SET state = $3, message = $4, finished_at = now(), objects_failed = (SELECT count(*) FROM job_objects WHERE job_id = $1 AND state NOT IN (3, 5))
            WHERE id = $1 AND run = $2 AND state = 1 RETURNING id
        ), objects AS (
            UPDATE job_objects o SET state = 4, message = CASE WHEN o.message = '' THEN $4 ELSE o.message END, updated_at = now()
            FROM job WHERE o.job_id = job.id AND o.state IN (0, 1, 2)
        )
        SELECT count(*) FROM job
        """,
        cancellation,
        JobRows.Parameter(NpgsqlDbType.Smallint, (short)state),
        JobRows.Parameter(NpgsqlDbType.Text, message));

    /// <summary>The job runs again later.</summary>
    /// <returns>Whether the run was still the job's.</returns>
    public Task<bool> PostponeAsync(JobRun run, int attempts, TimeSpan delay, string message, CancellationToken cancellation) => EndAsync(
        run,
        """
        WITH job AS (
            UPDATE jobs SET state = CASE WHEN $4 = interval '0' THEN 0 ELSE 2 END, attempts = $3, next_attempt_at = now() + $4, message = $5
            WHERE id = $1 AND run = $2 AND state = 1 RETURNING id
        )
        SELECT count(*) FROM job
        """,
        cancellation,
        JobRows.Parameter(NpgsqlDbType.Integer, attempts),
        JobRows.Parameter(NpgsqlDbType.Interval, delay),
        JobRows.Parameter(NpgsqlDbType.Text, message));

    /// <summary>A connection that is told of new work.</summary>
    public async Task<NpgsqlConnection> ListenAsync(CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand($"LISTEN {Channel}", connection);
        await command.ExecuteNonQueryAsync(cancellation);
        return connection;
    }

    internal async Task<IReadOnlyList<JobObject>> ClaimAsync(JobRun run, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            WITH next AS (
                SELECT o.job_id, o.number FROM job_objects o JOIN jobs j ON j.id = o.job_id
                WHERE o.job_id = $1 AND o.state = 0 AND j.run = $2 AND j.state = 1
                ORDER BY o.number LIMIT $3 FOR UPDATE OF o SKIP LOCKED
            )
            UPDATE job_objects o SET state = 1, updated_at = now() FROM next WHERE o.job_id = next.job_id AND o.number = next.number
            RETURNING o.number, o.sop_instance_uid, o.state, o.status, o.message, o.attempts, o.updated_at
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, run.Job.Id));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, run.Number));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, BatchSize));
        var objects = await JobRows.ReadAllAsync(command, JobRows.ReadObject, cancellation);
        return [.. objects.OrderBy(o => o.Number)];
    }

    // Written although the job may have been cancelled meanwhile: what was sent was sent.
    internal async Task ReportAsync(JobRun run, IReadOnlyList<JobObjectResult> results, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            WITH job AS (
                UPDATE jobs SET objects_done = objects_done + $7, objects_failed = objects_failed + $8 WHERE id = $1 AND run = $2 RETURNING id
            )
            UPDATE job_objects o SET state = r.state, status = r.status, message = r.message, attempts = o.attempts + 1, updated_at = now()
            FROM job, unnest($3::int[], $4::smallint[], $5::int[], $6::text[]) r (number, state, status, message)
            WHERE o.job_id = job.id AND o.number = r.number
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, run.Job.Id));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, run.Number));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Integer, results.Select(r => r.Number).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Smallint, results.Select(r => (short)r.State).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Integer, results.Select(r => r.Status).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, results.Select(r => r.Message).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, results.Count(r => r.State == JobState.Done)));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, results.Count(r => r.State == JobState.Failed)));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<bool> EndAsync(JobRun run, string sql, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, run.Job.Id));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, run.Number));
        command.Parameters.AddRange(parameters);
        return (long)(await command.ExecuteScalarAsync(cancellation))! > 0;
    }
}
