using System.Text;
using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Jobs;

/// <summary>Outbound work as every role sees it: creating, watching, steering. The Worker role does it.</summary>
public sealed class JobService(NpgsqlDataSource database, RetrievalService retrieval, PeerStore peers, IEnumerable<IJobKind> kinds)
{
    private const int MaxPage = 1000;
    private const int MaxAlternates = 16;
    private const int MaxParameters = 1 << 16;

    /// <summary>Writes the job and a row for each of its objects in one transaction, and wakes a worker.</summary>
    /// <exception cref="JobRefusedException">Not as asked.</exception>
    public async Task<Job> CreateAsync(JobRequest request, CancellationToken cancellation)
    {
        var kind = await CheckAsync(request, cancellation);
        var items = await kind.ListAsync(request, retrieval, cancellation);

        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var job = await InsertAsync(connection, request, items, cancellation);
        await transaction.CommitAsync(cancellation);
        return job;
    }

    /// <summary>Writes a job in the transaction of what causes it, so that both are there, or neither. Nothing of the request is checked.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="request">What is to be done.</param>
    /// <param name="items">What it is about, in order.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="delay">The job may begin after it.</param>
    public static async Task<Job> InsertAsync(
        NpgsqlConnection connection, JobRequest request, IReadOnlyList<JobItem> items, CancellationToken cancellation, TimeSpan delay = default)
    {
        await using var command = new NpgsqlCommand(
            $"""
            WITH job AS (
                INSERT INTO jobs (kind, peer, study_instance_uid, series_instance_uid, sop_instance_uid, priority, alternates, parameters, cause,
                                  objects_total, bytes_total, next_attempt_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, cardinality($10::text[]), (SELECT coalesce(sum(b), 0) FROM unnest($11::bigint[]) b), now() + $12) RETURNING *
            ), objects AS (
                INSERT INTO job_objects (job_id, number, sop_instance_uid, bytes)
                SELECT job.id, o.number, o.uid, o.bytes FROM job, unnest($10::text[], $11::bigint[]) WITH ORDINALITY o (uid, bytes, number)
            ), wake AS (
                SELECT pg_notify('{JobStore.Channel}', '')
            )
            SELECT {JobRows.Columns} FROM wake, job j LEFT JOIN peer_queues q ON q.peer = j.peer
            """,
            connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.Kind));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.Peer));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.StudyInstanceUid));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.SeriesInstanceUid));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.SopInstanceUid));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Smallint, (short)request.Priority));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, request.Alternates.ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Jsonb, request.Parameters?.GetRawText()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.Cause));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, items.Select(i => i.Uid).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, items.Select(i => i.Bytes).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, delay));
        return (await JobRows.ReadAllAsync(command, JobRows.ReadJob, cancellation))[0];
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Job>> ListAsync(JobFilter filter, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand();
        // Only what is asked for: the plan is then made for it.
        var where = new StringBuilder("true");
        void And(string condition, NpgsqlDbType type, object? value)
        {
            if (value is null) return;
            command.Parameters.Add(JobRows.Parameter(type, value));
            where.Append(" AND ").AppendFormat(null, condition, $"${command.Parameters.Count}");
        }
        switch (filter.State)
        {
            case JobState.Queued: where.Append(" AND j.state = 0 AND q.peer IS NULL"); break;
            case JobState.Waiting: where.Append(" AND j.state IN (0, 2) AND (j.state = 2 OR q.peer IS NOT NULL)"); break;
            case { } state: where.Append(null, $" AND j.state = {(int)state}"); break;
        }
        And("j.kind = {0}", NpgsqlDbType.Text, filter.Kind);
        And("j.peer = {0}", NpgsqlDbType.Text, filter.Peer);
        And("j.study_instance_uid = {0}", NpgsqlDbType.Text, filter.StudyInstanceUid);
        And("j.cause ILIKE '%' || {0} || '%'", NpgsqlDbType.Text, filter.Cause is { } cause ? Escaped(cause) : null);
        And("j.created_at >= {0}", NpgsqlDbType.TimestampTz, filter.CreatedFrom?.ToUniversalTime());
        And("j.created_at < {0}", NpgsqlDbType.TimestampTz, filter.CreatedBefore?.ToUniversalTime());
        And("j.id < {0}", NpgsqlDbType.Bigint, filter.Before);
        command.CommandText = $"SELECT {JobRows.Columns} FROM {JobRows.Tables} WHERE {where} ORDER BY j.id DESC LIMIT {Math.Clamp(filter.Limit, 1, MaxPage)}";
        return await JobRows.ReadAllAsync(command, JobRows.ReadJob, cancellation);
    }

    /// <summary>Null when there is no such job.</summary>
    public async Task<Job?> FindAsync(long id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"SELECT {JobRows.Columns} FROM {JobRows.Tables} WHERE j.id = $1");
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, id));
        return (await JobRows.ReadAllAsync(command, JobRows.ReadJob, cancellation)).FirstOrDefault();
    }

    /// <summary>The job's objects in order, at most <paramref name="limit"/> of them, after the given number, in the given state if any.</summary>
    public async Task<IReadOnlyList<JobObject>> ListObjectsAsync(long id, JobState? state, int after, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"""
            SELECT {JobRows.ObjectColumns} FROM job_objects
            WHERE job_id = $1 AND number > $2 AND ($3::smallint IS NULL OR state = $3)
            ORDER BY number LIMIT $4
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, id));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, after));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Smallint, (short?)state));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, Math.Clamp(limit, 1, MaxPage)));
        return await JobRows.ReadAllAsync(command, JobRows.ReadObject, cancellation);
    }

    /// <summary>The attempts at the job, the last first.</summary>
    public async Task<IReadOnlyList<JobRunRecord>> ListRunsAsync(long id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "SELECT number, peer, worker, started_at, finished_at, state, message, objects, bytes FROM job_runs WHERE job_id = $1 ORDER BY number DESC");
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, id));
        return await JobRows.ReadAllAsync(command, JobRows.ReadRun, cancellation);
    }

    /// <summary>Stops a job that has not ended. A running one finishes the object in hand.</summary>
    public Task<JobChange> CancelAsync(long id, CancellationToken cancellation) => ChangeAsync(
        $"""
        WITH job AS (
            UPDATE jobs SET state = 5, message = 'Cancelled', finished_at = now() WHERE id = $1 AND state IN (0, 1, 2, 7) RETURNING id
        ), objects AS (
            UPDATE job_objects o SET state = 5, updated_at = now() FROM job WHERE o.job_id = job.id AND o.state IN (0, 1, 2)
        ), announced AS (
            SELECT pg_notify('{JobStore.Channel}', id::text) FROM job
        )
        SELECT EXISTS (SELECT FROM announced), EXISTS (SELECT FROM jobs WHERE id = $1)
        """,
        id, cancellation);

    /// <summary>Holds a job that has not ended until it is resumed. A running one finishes the object in hand.</summary>
    public Task<JobChange> PauseAsync(long id, CancellationToken cancellation) => ChangeAsync(
        $"""
        WITH job AS (
            UPDATE jobs SET state = 7, message = 'Paused' WHERE id = $1 AND state IN (0, 1, 2) RETURNING id
        ), announced AS (
            SELECT pg_notify('{JobStore.Channel}', id::text) FROM job
        )
        SELECT EXISTS (SELECT FROM announced), EXISTS (SELECT FROM jobs WHERE id = $1)
        """,
        id, cancellation);

    /// <summary>Queues a paused job again.</summary>
    public Task<JobChange> ResumeAsync(long id, CancellationToken cancellation) => ChangeAsync(
        $"""
        WITH job AS (
            UPDATE jobs SET state = 0, message = '', attempts = 0, next_attempt_at = now() WHERE id = $1 AND state = 7 RETURNING id
        ), announced AS (
            SELECT pg_notify('{JobStore.Channel}', '') FROM job
        )
        SELECT EXISTS (SELECT FROM announced), EXISTS (SELECT FROM jobs WHERE id = $1)
        """,
        id, cancellation);

    /// <summary>Queues a failed or cancelled job again, for those of its objects that have no success.</summary>
    public Task<JobChange> RetryAsync(long id, CancellationToken cancellation) => ChangeAsync(
        $"""
        WITH job AS (
            UPDATE jobs SET state = 0, message = '', attempts = 0, objects_failed = 0, finished_at = NULL, next_attempt_at = now()
            WHERE id = $1 AND state IN (4, 5) RETURNING id
        ), objects AS (
            UPDATE job_objects o SET state = 0, updated_at = now() FROM job WHERE o.job_id = job.id AND o.state NOT IN (3, 6)
        ), announced AS (
            SELECT pg_notify('{JobStore.Channel}', '') FROM job
        )
        SELECT EXISTS (SELECT FROM announced), EXISTS (SELECT FROM jobs WHERE id = $1)
        """,
        id, cancellation);

    private async Task<IJobKind> CheckAsync(JobRequest request, CancellationToken cancellation)
    {
        if (kinds.FirstOrDefault(k => k.MayBeRequested && k.Name == request.Kind) is not { } kind)
            throw Invalid($"There is no kind of job \"{request.Kind}\". Known: {string.Join(", ", kinds.Where(k => k.MayBeRequested).Select(k => k.Name))}.");
        if (!Enum.IsDefined(request.Priority)) throw Invalid($"priority is one of {string.Join(", ", Enum.GetNames<JobPriority>())}.");
        if (request.Parameters is { } parameters && (parameters.ValueKind != System.Text.Json.JsonValueKind.Object || parameters.GetRawText().Length > MaxParameters))
            throw Invalid($"parameters is a JSON object of up to {MaxParameters} characters.");
        if (kind.NeedsPeer && string.IsNullOrEmpty(request.Peer)) throw Invalid("Name the peer by its AE title.");
        if (request.Alternates.Count > MaxAlternates || request.Alternates.Any(string.IsNullOrEmpty) || request.Alternates.Prepend(request.Peer).Distinct().Count() <= request.Alternates.Count)
            throw Invalid($"alternates are up to {MaxAlternates} other peers, each named once.");
        if (request.Alternates.Count > 0 && string.IsNullOrEmpty(request.Peer)) throw Invalid("alternates are gone to when \"peer\" is away: name it.");
        foreach (var title in request.Alternates.Prepend(request.Peer).Where(t => !string.IsNullOrEmpty(t)))
        {
            if (await peers.FindAsync(title!, cancellation) is null)
                throw new JobRefusedException(JobRefusal.UnknownPeer, $"There is no peer {title}: add it with PUT /api/v1/peers/{title}.");
        }
        return kind;
    }

    private static JobRefusedException Invalid(string message) => new(JobRefusal.Invalid, message);

    private static string Escaped(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);

    private async Task<JobChange> ChangeAsync(string sql, long id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, id));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return reader.GetBoolean(0) ? JobChange.Accepted : reader.GetBoolean(1) ? JobChange.NotPossible : JobChange.NotFound;
    }
}
