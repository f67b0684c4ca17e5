using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Commitments;

/// <summary>
/// Storage commitment, whoever asks for it: requests are on the disk before they are answered, each object's file is read
/// before it is promised to be kept, and the report is a job, which whoever can deliver it sooner may take over.
/// </summary>
public sealed class CommitmentService(NpgsqlDataSource database, CommitmentVerifier verifier)
{
    /// <summary>Objects of one request.</summary>
    public const int MaxReferences = 25_000;

    /// <summary>Who asked by DICOMweb, where results are fetched and reported to nobody: longer than any AE title.</summary>
    public const string WebRequester = "DICOMweb (PS3.18)";

    /// <summary>The kind of job that reports.</summary>
    public const string JobKind = "commitment-report";

    private const int MaxPage = 1000;

    /// <summary>How long the job keeps out of the way of an association that may deliver its report, from the last sign of that.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Writes the request down, with the job that will report it. The same request again is a repeat: everything is looked
    /// at again, for what was whole then need not be so now, and reported again.
    /// </summary>
    public async Task<CommitmentAcceptance> BeginAsync(CommitmentRequest request, CancellationToken cancellation)
    {
        // One reference that comes twice is one object.
        request = request with { References = [.. request.References.DistinctBy(r => r.SopInstanceUid)] };
        try
        {
            return await WriteAsync(request, cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // The same on two associations at once: the other was quicker.
            return await WriteAsync(request, cancellation);
        }
    }

    /// <summary>Null when there is none.</summary>
    public async Task<Commitment?> FindAsync(long id, CancellationToken cancellation)
    {
        await using var command = Command($"{CommitmentRows.Select} WHERE c.id = $1", Of(NpgsqlDbType.Bigint, id));
        return (await JobRows.ReadAllAsync(command, CommitmentRows.Read, cancellation)).FirstOrDefault();
    }

    /// <summary>Null when there is none.</summary>
    public async Task<Commitment?> FindAsync(string requester, string transactionUid, CancellationToken cancellation)
    {
        await using var command = Command(
            $"{CommitmentRows.Select} WHERE c.requester = $1 AND c.transaction_uid = $2", Of(NpgsqlDbType.Text, requester), Of(NpgsqlDbType.Text, transactionUid));
        return (await JobRows.ReadAllAsync(command, CommitmentRows.Read, cancellation)).FirstOrDefault();
    }

    /// <summary>Newest first, at most <paramref name="limit"/> of them, older than the given one.</summary>
    public async Task<IReadOnlyList<Commitment>> ListAsync(string? requester, string? transactionUid, long? before, int limit, CancellationToken cancellation)
    {
        await using var command = Command(
            $"{CommitmentRows.Select} WHERE ($1::text IS NULL OR c.requester = $1) AND ($2::text IS NULL OR c.transaction_uid = $2) AND ($3::bigint IS NULL OR c.id < $3) ORDER BY c.id DESC LIMIT $4",
            Of(NpgsqlDbType.Text, requester), Of(NpgsqlDbType.Text, transactionUid), Of(NpgsqlDbType.Bigint, before), Of(NpgsqlDbType.Integer, Math.Clamp(limit, 1, MaxPage)));
        return await JobRows.ReadAllAsync(command, CommitmentRows.Read, cancellation);
    }

    /// <summary>Its objects in order, at most <paramref name="limit"/> of them, after the given number.</summary>
    public async Task<IReadOnlyList<CommitmentObject>> ListObjectsAsync(long id, int after, int limit, CancellationToken cancellation)
    {
        await using var command = Command(
            $"SELECT {CommitmentRows.ObjectColumns} FROM commitment_objects WHERE commitment_id = $1 AND number > $2 ORDER BY number LIMIT $3",
            Of(NpgsqlDbType.Bigint, id), Of(NpgsqlDbType.Integer, after), Of(NpgsqlDbType.Integer, limit));
        return await JobRows.ReadAllAsync(command, CommitmentRows.ReadObject, cancellation);
    }

    /// <summary>Looks at some more of the objects. False when there are none left.</summary>
    public Task<bool> VerifyNextAsync(long id, CancellationToken cancellation) => verifier.VerifyNextAsync(id, cancellation);

    /// <summary>What to report, once every object has been looked at. Null when the requester asked again meanwhile, and is told of that.</summary>
    public async Task<CommitmentReport?> ReportAsync(Commitment commitment, CancellationToken cancellation)
    {
        var objects = await ListObjectsAsync(commitment.Id, 0, MaxReferences, cancellation);
        return objects.All(o => o.IsCommitted || o.Failure is not null) ? CommitmentReport.Of(commitment, objects) : null;
    }

    /// <summary>The association of the request is still at it: the job waits on.</summary>
    /// <returns>False when the job has begun, and the report is its own.</returns>
    public Task<bool> KeepAsync(Commitment commitment, CancellationToken cancellation) => AnyAsync(
        "UPDATE jobs SET next_attempt_at = now() + $2 WHERE id = $1 AND state = 0", cancellation, Of(NpgsqlDbType.Bigint, commitment.JobId), Of(NpgsqlDbType.Interval, Lease));

    /// <summary>The association of the request will not deliver the report: the job begins.</summary>
    public Task HandOverAsync(Commitment commitment, CancellationToken cancellation) => AnyAsync(
        "WITH job AS (UPDATE jobs SET next_attempt_at = now() WHERE id = $1 AND state = 0 RETURNING id) SELECT pg_notify('pacs_jobs', '') FROM job",
        cancellation, Of(NpgsqlDbType.Bigint, commitment.JobId));

    /// <summary>The requester took the report.</summary>
    public Task ReportedAsync(Commitment commitment, CancellationToken cancellation) => AnyAsync(
        """
        WITH job AS (
            UPDATE jobs SET state = 3, message = '', objects_done = 1, started_at = coalesce(started_at, now()), finished_at = now() WHERE id = $2 AND state = 0 RETURNING id
        ), object AS (
            UPDATE job_objects o SET state = 3, status = 0, attempts = attempts + 1, updated_at = now() FROM job WHERE o.job_id = job.id
        )
        UPDATE commitments SET reported_at = now() WHERE id = $1
        """,
        cancellation, Of(NpgsqlDbType.Bigint, commitment.Id), Of(NpgsqlDbType.Bigint, commitment.JobId));

    private async Task<CommitmentAcceptance> WriteAsync(CommitmentRequest request, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var lookup = new NpgsqlCommand("SELECT id FROM commitments WHERE requester = $1 AND transaction_uid = $2 FOR UPDATE", connection);
        lookup.Parameters.AddRange(new[] { Of(NpgsqlDbType.Text, request.Requester), Of(NpgsqlDbType.Text, request.TransactionUid) });
        var former = await lookup.ExecuteScalarAsync(cancellation) as long?;
        if (former is { } known && !await HasAsync(connection, known, request.References, cancellation)) return new CommitmentAcceptance(null, false);

        var job = await JobService.InsertAsync(connection, new JobRequest(JobKind) { Peer = request.Requester }, [new JobItem(request.TransactionUid)], cancellation, Lease);
        await using var write = former is { } again ? Repeat(connection, again, job.Id) : Insert(connection, request, job.Id);
        var id = (long)(await write.ExecuteScalarAsync(cancellation))!;
        await transaction.CommitAsync(cancellation);
        return new CommitmentAcceptance(await FindAsync(id, cancellation), former is not null);
    }

    private static NpgsqlCommand Insert(NpgsqlConnection connection, CommitmentRequest request, long job)
    {
        var command = new NpgsqlCommand(
            """
            WITH commitment AS (
                INSERT INTO commitments (requester, called_ae_title, transaction_uid, job_id, objects_total) VALUES ($1, $2, $3, $4, cardinality($5::text[])) RETURNING id
            ), objects AS (
                INSERT INTO commitment_objects (commitment_id, number, sop_class_uid, sop_instance_uid, study_instance_uid, series_instance_uid)
                SELECT c.id, o.number, o.class, o.uid, o.study, o.series FROM commitment c, unnest($5::text[], $6::text[], $7::text[], $8::text[]) WITH ORDINALITY o (class, uid, study, series, number)
            )
            SELECT id FROM commitment
            """,
            connection);
        command.Parameters.AddRange(new[]
        {
            Of(NpgsqlDbType.Text, request.Requester), Of(NpgsqlDbType.Text, request.CalledAeTitle), Of(NpgsqlDbType.Text, request.TransactionUid), Of(NpgsqlDbType.Bigint, job),
            Of(NpgsqlDbType.Array | NpgsqlDbType.Text, request.References.Select(r => r.SopClassUid).ToArray()),
            Of(NpgsqlDbType.Array | NpgsqlDbType.Text, request.References.Select(r => r.SopInstanceUid).ToArray()),
            Of(NpgsqlDbType.Array | NpgsqlDbType.Text, request.References.Select(r => r.StudyInstanceUid).ToArray()),
            Of(NpgsqlDbType.Array | NpgsqlDbType.Text, request.References.Select(r => r.SeriesInstanceUid).ToArray()),
        });
        return command;
    }

    private static NpgsqlCommand Repeat(NpgsqlConnection connection, long id, long job)
    {
        var command = new NpgsqlCommand(
            """
            WITH former AS (
                UPDATE jobs j SET state = 5, message = 'The requester asked again', finished_at = now() FROM commitments c WHERE c.id = $1 AND j.id = c.job_id AND j.state IN (0, 1, 2, 7)
            ), objects AS (
                UPDATE commitment_objects SET failure = NULL WHERE commitment_id = $1 AND failure IS NOT NULL
            )
            UPDATE commitments SET job_id = $2, verified_at = NULL, reported_at = NULL WHERE id = $1 RETURNING id
            """,
            connection);
        command.Parameters.AddRange(new[] { Of(NpgsqlDbType.Bigint, id), Of(NpgsqlDbType.Bigint, job) });
        return command;
    }

    private static async Task<bool> HasAsync(NpgsqlConnection connection, long id, IReadOnlyList<CommitmentReference> references, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"SELECT {CommitmentRows.ObjectColumns} FROM commitment_objects WHERE commitment_id = $1", connection);
        command.Parameters.Add(Of(NpgsqlDbType.Bigint, id));
        var known = await JobRows.ReadAllAsync(command, CommitmentRows.ReadObject, cancellation);
        return known.Count == references.Count && references.ToHashSet().SetEquals(known.Select(o => new CommitmentReference(o.SopClassUid, o.SopInstanceUid, o.StudyInstanceUid ?? "", o.SeriesInstanceUid ?? "")));
    }

    private async Task<bool> AnyAsync(string sql, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    }

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Of(NpgsqlDbType type, object? value) => JobRows.Parameter(type, value);
}
