using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Jobs;

/// <summary>Outbound work as every role sees it: creating, watching, steering. The Worker role does it.</summary>
public sealed class JobService(NpgsqlDataSource database, RetrievalService retrieval, PeerStore peers, IEnumerable<IJobKind> kinds)
{
    private const int MaxPage = 1000;

    /// <summary>Writes the job and a row for each of its objects in one transaction, and wakes a worker.</summary>
    /// <exception cref="JobRefusedException">Not as asked.</exception>
    public async Task<Job> CreateAsync(JobRequest request, CancellationToken cancellation)
    {
        await CheckAsync(request, cancellation);
        var uids = new List<string>();
        await foreach (var instance in retrieval.SelectAsync(request.Selector, cancellation)) uids.Add(instance.SopInstanceUid);
        if (uids.Count == 0) throw new JobRefusedException(JobRefusal.NothingSelected, "Nothing in this archive has these UIDs.");

        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var job = await InsertAsync(connection, request, uids, cancellation);
        await transaction.CommitAsync(cancellation);
        return job;
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Job>> ListAsync(JobFilter filter, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"""
            SELECT {JobRows.Columns} FROM jobs
            WHERE ($1::smallint IS NULL OR state = $1) AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR peer = $3) AND ($4::bigint IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Smallint, (short?)filter.State));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, filter.Kind));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, filter.Peer));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, filter.Before));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, Math.Clamp(filter.Limit, 1, MaxPage)));
        return await JobRows.ReadAllAsync(command, JobRows.ReadJob, cancellation);
    }

    /// <summary>Null when there is no such job.</summary>
    public async Task<Job?> FindAsync(long id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"SELECT {JobRows.Columns} FROM jobs WHERE id = $1");
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, id));
        return (await JobRows.ReadAllAsync(command, JobRows.ReadJob, cancellation)).FirstOrDefault();
    }

    /// <summary>The job's objects in order, at most <paramref name="limit"/> of them, after the given number, in the given state if any.</summary>
    public async Task<IReadOnlyList<JobObject>> ListObjectsAsync(long id, JobState? state, int after, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT number, sop_instance_uid, state, status, message, attempts, updated_at FROM job_objects
            WHERE job_id = $1 AND number > $2 AND ($3::smallint IS NULL OR state = $3)
            ORDER BY number LIMIT $4
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, id));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, after));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Smallint, (short?)state));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, Math.Clamp(limit, 1, MaxPage)));
        return await JobRows.ReadAllAsync(command, JobRows.ReadObject, cancellation);
    }

    /// <summary>Stops a job that has not ended. A running one stops within a few objects.</summary>
    public Task<JobChange> CancelAsync(long id, CancellationToken cancellation) => ChangeAsync(
        """
        WITH job AS (
            UPDATE jobs SET state = 5, message = 'Cancelled', finished_at = now() WHERE id = $1 AND state IN (0, 1, 2) RETURNING id
        ), objects AS (
            UPDATE job_objects o SET state = 5, updated_at = now() FROM job WHERE o.job_id = job.id AND o.state IN (0, 1, 2)
        )
        SELECT EXISTS (SELECT FROM job), EXISTS (SELECT FROM jobs WHERE id = $1)
        """,
        id, cancellation);

    /// <summary>Queues a failed or cancelled job again, for those of its objects that have no success.</summary>
    public Task<JobChange> RetryAsync(long id, CancellationToken cancellation) => ChangeAsync(
        """
        WITH job AS (
            UPDATE jobs SET state = 0, message = '', attempts = 0, objects_failed = 0, finished_at = NULL, next_attempt_at = now()
            WHERE id = $1 AND state IN (4, 5) AND EXISTS (SELECT FROM job_objects WHERE job_id = $1 AND state <> 3) RETURNING id
        ), objects AS (
            UPDATE job_objects o SET state = 0, updated_at = now() FROM job WHERE o.job_id = job.id AND o.state <> 3
        ), wake AS (
            SELECT pg_notify('pacs_jobs', '') FROM job
        )
        SELECT EXISTS (SELECT FROM wake), EXISTS (SELECT FROM jobs WHERE id = $1)
        """,
        id, cancellation);

    /// <summary>In the transaction of what causes the job: both are there, or neither.</summary>
    internal static async Task<Job> InsertAsync(
        NpgsqlConnection connection, JobRequest request, IReadOnlyList<string> sopInstanceUids, CancellationToken cancellation, TimeSpan delay = default)
    {
        await using var command = new NpgsqlCommand(
            $"""
            WITH job AS (
                INSERT INTO jobs (kind, peer, study_instance_uid, series_instance_uid, sop_instance_uid, objects_total, next_attempt_at)
                VALUES ($1, $2, $3, $4, $5, cardinality($6::text[]), now() + $7) RETURNING *
            ), objects AS (
                INSERT INTO job_objects (job_id, number, sop_instance_uid)
                SELECT job.id, o.number, o.uid FROM job, unnest($6::text[]) WITH ORDINALITY o (uid, number)
            ), wake AS (
                SELECT pg_notify('pacs_jobs', '')
            )
            SELECT {JobRows.Columns} FROM job, wake
            """,
            connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.Kind));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.Peer));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.StudyInstanceUid));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.SeriesInstanceUid));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.SopInstanceUid));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, sopInstanceUids.ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, delay));
        return (await JobRows.ReadAllAsync(command, JobRows.ReadJob, cancellation))[0];
    }

    private async Task CheckAsync(JobRequest request, CancellationToken cancellation)
    {
        if (kinds.FirstOrDefault(k => k.MayBeRequested && k.Name == request.Kind) is not { } kind)
            throw new JobRefusedException(JobRefusal.Invalid, $"There is no kind of job \"{request.Kind}\". Known: {string.Join(", ", kinds.Where(k => k.MayBeRequested).Select(k => k.Name))}.");
        if (request is { StudyInstanceUid: null, SeriesInstanceUid: null, SopInstanceUid: null })
            throw new JobRefusedException(JobRefusal.Invalid, "Name what it is about: studyInstanceUid, seriesInstanceUid or sopInstanceUid.");
        if (!kind.NeedsPeer) return;
        if (string.IsNullOrEmpty(request.Peer))
            throw new JobRefusedException(JobRefusal.Invalid, "Name the peer by its AE title.");
        if (await peers.FindAsync(request.Peer, cancellation) is null)
            throw new JobRefusedException(JobRefusal.UnknownPeer, $"There is no peer {request.Peer}: add it with PUT /api/v1/peers/{request.Peer}.");
    }

    private async Task<JobChange> ChangeAsync(string sql, long id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, id));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return reader.GetBoolean(0) ? JobChange.Accepted : reader.GetBoolean(1) ? JobChange.NotPossible : JobChange.NotFound;
    }
}
