using Npgsql;
using NpgsqlTypes;
using Pacs.Dicom.Messages;
using Pacs.Storage.Commitments;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.RemoteCommitments;

/// <summary>
/// What peers were asked to take responsibility for, what they answered, and what they hold. A request is on record before
/// it is sent; what a peer says counts only for what it was asked.
/// </summary>
public sealed class RemoteCommitmentStore(NpgsqlDataSource database)
{
    private const int MaxPage = 1000;

    /// <summary>Puts a request on record. Objects that are not here any more are left out.</summary>
    /// <param name="job">Whose it is.</param>
    /// <param name="peer">Who is asked.</param>
    /// <param name="transactionUid">A new one.</param>
    /// <param name="sopInstanceUids">What for.</param>
    /// <param name="patience">For how long an answer is waited for, until it is known that the peer has the request; one that comes later still counts.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What the request is to name.</returns>
    public async Task<IReadOnlyList<CommitmentReference>> BeginAsync(
        long job, string peer, string transactionUid, IReadOnlyList<string> sopInstanceUids, TimeSpan patience, CancellationToken cancellation)
    {
        await using var command = Command(
            """
            WITH request AS (
                INSERT INTO commitment_requests (transaction_uid, job_id, peer, awaited_until) VALUES ($1, $2, $3, now() + $5) RETURNING transaction_uid
            ), objects AS (
                INSERT INTO commitment_request_objects (transaction_uid, sop_instance_uid, sop_class_uid, study_instance_uid, blob_key)
                SELECT request.transaction_uid, i.sop_instance_uid, i.sop_class_uid, s.study_instance_uid, i.blob_key
                FROM request, instances i JOIN series r ON r.id = i.series_key JOIN studies s ON s.id = r.study_key WHERE i.sop_instance_uid = ANY ($4)
                RETURNING sop_class_uid, sop_instance_uid
            )
            SELECT sop_class_uid, sop_instance_uid FROM objects
            """,
            Of(NpgsqlDbType.Text, transactionUid), Of(NpgsqlDbType.Bigint, job), Of(NpgsqlDbType.Text, peer),
            Of(NpgsqlDbType.Array | NpgsqlDbType.Text, sopInstanceUids.ToArray()), Of(NpgsqlDbType.Interval, patience));
        return await JobRows.ReadAllAsync(command, r => new CommitmentReference(r.GetString(0), r.GetString(1)), cancellation);
    }

    /// <summary>The peer has the request: so long, from now on, its answer is waited for.</summary>
    public async Task AwaitAsync(string transactionUid, TimeSpan patience, CancellationToken cancellation)
    {
        await using var command = Command(
            "UPDATE commitment_requests SET awaited_until = now() + $2 WHERE transaction_uid = $1", Of(NpgsqlDbType.Text, transactionUid), Of(NpgsqlDbType.Interval, patience));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>No answer to a request is waited for any longer: the peer refused it, or never got it. One that comes all the same counts.</summary>
    public Task GiveUpAsync(string transactionUid, CancellationToken cancellation) => AwaitAsync(transactionUid, TimeSpan.Zero, cancellation);

    /// <summary>Whether the peer has answered a request.</summary>
    public async Task<bool> IsReportedAsync(string transactionUid, CancellationToken cancellation)
    {
        await using var command = Command("SELECT reported_at IS NOT NULL FROM commitment_requests WHERE transaction_uid = $1", Of(NpgsqlDbType.Text, transactionUid));
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    /// <summary>
    /// What the requests of a job have come to, for those of the objects that it asked for. A failure is told once: after it the
    /// peer may be asked again.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, CommitmentAnswer>> TakeAnswersAsync(long job, IReadOnlyList<string> sopInstanceUids, CancellationToken cancellation)
    {
        await using var command = Command(
            """
            WITH asked AS (
                SELECT o.*, r.requested_at, CASE WHEN r.reported_at IS NULL AND r.awaited_until > now() THEN r.awaited_until END AS awaited_until
                FROM commitment_requests r JOIN commitment_request_objects o USING (transaction_uid)
                WHERE r.job_id = $1 AND o.sop_instance_uid = ANY ($2) AND (NOT o.is_told OR o.failure = 0)
            ), latest AS (
                SELECT DISTINCT ON (sop_instance_uid) * FROM asked ORDER BY sop_instance_uid, (failure IS NOT DISTINCT FROM 0) DESC, requested_at DESC
            ), told AS (
                UPDATE commitment_request_objects o SET is_told = true FROM asked a JOIN latest l USING (sop_instance_uid)
                WHERE l.failure <> 0 AND o.transaction_uid = a.transaction_uid AND o.sop_instance_uid = a.sop_instance_uid
            )
            SELECT sop_instance_uid, transaction_uid, failure, awaited_until FROM latest
            """,
            Of(NpgsqlDbType.Bigint, job), Of(NpgsqlDbType.Array | NpgsqlDbType.Text, sopInstanceUids.ToArray()));
        var answers = await JobRows.ReadAllAsync(
            command, r => new CommitmentAnswer(r.GetString(0), r.GetString(1), r.IsDBNull(2) ? null : r.GetInt32(2), r.IsDBNull(3) ? null : r.GetFieldValue<DateTimeOffset>(3)), cancellation);
        return answers.ToDictionary(a => a.SopInstanceUid);
    }

    /// <summary>Puts a report on record, and wakes the job that waits for it.</summary>
    /// <returns>Whether it says anything that was not on record.</returns>
    /// <exception cref="ReportRefusedException">It is no answer to what this peer was asked.</exception>
    public async Task<bool> TakeAsync(string sender, RemoteReport report, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Locked, so that of two reports of one transaction the second is held against the first.
        await using var request = Command(
            connection, "SELECT 1 FROM commitment_requests WHERE transaction_uid = $1 AND peer = $2 FOR UPDATE",
            Of(NpgsqlDbType.Text, report.TransactionUid), Of(NpgsqlDbType.Text, sender));
        if (await request.ExecuteScalarAsync(cancellation) is null)
            throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "This Transaction UID is none of a request to this peer");

        var news = News(report, await ReadObjectsAsync(connection, report.TransactionUid, cancellation));
        if (news.Count > 0) await KeepAsync(connection, report.TransactionUid, news, cancellation);
        await transaction.CommitAsync(cancellation);
        return news.Count > 0;
    }

    /// <summary>What peers hold of a study, by object and peer, at most <paramref name="limit"/> after the given object. Also of one that is no longer here.</summary>
    public async Task<IReadOnlyList<RemoteCommitment>> ListAsync(string studyInstanceUid, string? peer, string? after, int limit, CancellationToken cancellation)
    {
        await using var command = Command(
            """
            SELECT c.peer, c.sop_instance_uid, c.committed_at, c.transaction_uid, coalesce(i.blob_key = c.blob_key, false)
            FROM remote_commitments c LEFT JOIN instances i USING (sop_instance_uid)
            WHERE c.study_instance_uid = $1 AND ($2::text IS NULL OR c.peer = $2) AND ($3::text IS NULL OR c.sop_instance_uid > $3)
            ORDER BY c.sop_instance_uid, c.peer LIMIT $4
            """,
            Of(NpgsqlDbType.Text, studyInstanceUid), Of(NpgsqlDbType.Text, peer), Of(NpgsqlDbType.Text, after), Of(NpgsqlDbType.Integer, Math.Clamp(limit, 1, MaxPage)));
        return await JobRows.ReadAllAsync(command, Read, cancellation);
    }

    /// <exception cref="ReportRefusedException">It names what was not asked for, or takes back what it said.</exception>
    private static Dictionary<string, int> News(RemoteReport report, Dictionary<string, (string SopClassUid, int? Failure)> asked)
    {
        if (report.Committed.Any(c => c.SopClassUid.Length > 0 && asked.TryGetValue(c.SopInstanceUid, out var known) && known.SopClassUid != c.SopClassUid))
            throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "It names an object under another SOP class than it was asked for");
        var news = new Dictionary<string, int>();
        foreach (var (uid, failure) in report.Committed.Select(c => KeyValuePair.Create(c.SopInstanceUid, 0)).Concat(report.Failed))
        {
            if (!asked.TryGetValue(uid, out var known))
                throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "It names objects that were not asked for");
            if (known.Failure is { } said && said != failure) throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "This transaction was reported otherwise before");
            if (known.Failure is null) news[uid] = failure;
        }
        return news;
    }

    private static async Task<Dictionary<string, (string SopClassUid, int? Failure)>> ReadObjectsAsync(NpgsqlConnection connection, string transactionUid, CancellationToken cancellation)
    {
        await using var command = Command(
            connection, "SELECT sop_instance_uid, sop_class_uid, failure FROM commitment_request_objects WHERE transaction_uid = $1", Of(NpgsqlDbType.Text, transactionUid));
        var rows = await JobRows.ReadAllAsync(command, r => (Uid: r.GetString(0), Class: r.GetString(1), Failure: r.IsDBNull(2) ? (int?)null : r.GetInt32(2)), cancellation);
        return rows.ToDictionary(r => r.Uid, r => (r.Class, r.Failure));
    }

    // The answer to the newest request is what counts: a peer that lost an object since does not hold it.
    private static async Task KeepAsync(NpgsqlConnection connection, string transactionUid, Dictionary<string, int> news, CancellationToken cancellation)
    {
        await using var command = Command(
            connection,
            """
            WITH news AS (
                SELECT * FROM unnest($2::text[], $3::int[]) n (uid, failure)
            ), request AS (
                UPDATE commitment_requests SET reported_at = coalesce(reported_at, now()) WHERE transaction_uid = $1 RETURNING *
            ), objects AS (
                UPDATE commitment_request_objects o SET failure = n.failure FROM news n WHERE o.transaction_uid = $1 AND o.sop_instance_uid = n.uid RETURNING o.*
            ), held AS (
                INSERT INTO remote_commitments AS c (sop_instance_uid, peer, study_instance_uid, blob_key, transaction_uid, requested_at)
                SELECT o.sop_instance_uid, r.peer, o.study_instance_uid, o.blob_key, $1, r.requested_at FROM objects o, request r WHERE o.failure = 0 ORDER BY o.sop_instance_uid
                ON CONFLICT (sop_instance_uid, peer) DO UPDATE SET
                    committed_at = CASE WHEN c.blob_key = excluded.blob_key THEN c.committed_at ELSE excluded.committed_at END,
                    (study_instance_uid, blob_key, transaction_uid, requested_at) = (excluded.study_instance_uid, excluded.blob_key, excluded.transaction_uid, excluded.requested_at)
                WHERE excluded.requested_at >= c.requested_at
            ), lost AS (
                DELETE FROM remote_commitments c USING objects o, request r
                WHERE o.failure <> 0 AND c.sop_instance_uid = o.sop_instance_uid AND c.peer = r.peer AND c.requested_at <= r.requested_at
            ), job AS (
                UPDATE jobs j SET next_attempt_at = now() FROM request r WHERE j.id = r.job_id AND j.state IN (1, 2) RETURNING j.id
            )
            SELECT pg_notify('pacs_jobs', '') FROM job
            """,
            Of(NpgsqlDbType.Text, transactionUid), Of(NpgsqlDbType.Array | NpgsqlDbType.Text, news.Keys.ToArray()), Of(NpgsqlDbType.Array | NpgsqlDbType.Integer, news.Values.ToArray()));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static RemoteCommitment Read(NpgsqlDataReader row) => new()
    {
        Peer = row.GetString(0),
        SopInstanceUid = row.GetString(1),
        CommittedAt = row.GetFieldValue<DateTimeOffset>(2),
        TransactionUid = row.GetString(3),
        IsCurrent = row.GetBoolean(4),
    };

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Of(NpgsqlDbType type, object? value) => JobRows.Parameter(type, value);
}
