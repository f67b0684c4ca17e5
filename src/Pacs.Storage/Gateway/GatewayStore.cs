using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;
using static Pacs.Storage.Jobs.JobRows;

namespace Pacs.Storage.Gateway;

/// <summary>What is to be at archives behind this one, and how far it is.</summary>
public sealed class GatewayStore(NpgsqlDataSource database)
{
    private const int MaxPage = 1000;

    /// <summary>Minutes that a rate is taken over.</summary>
    private const int RateMinutes = 5;

    private const string Columns =
        "id, peer, study_instance_uid, series_instance_uid, sop_instance_uid, CASE WHEN removed_at IS NULL THEN state ELSE 4 END, blob_length, attempts, message, received_at, updated_at, blob_key, replaces, job_id";

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<GatewayObject>> ListAsync(GatewayFilter filter, CancellationToken cancellation)
    {
        await using var command = Command(
            $"""
            SELECT {Columns} FROM gateway_objects
            WHERE ($1::text IS NULL OR peer = $1) AND ($2::text IS NULL OR study_instance_uid = $2) AND ($3::text IS NULL OR sop_instance_uid = $3) AND ($4::bigint IS NULL OR id < $4)
                {(filter.OnlyErrors ? "AND state = 3" : "")}
            ORDER BY id DESC LIMIT $5
            """,
            Parameter(NpgsqlDbType.Text, filter.Peer), Parameter(NpgsqlDbType.Text, filter.StudyInstanceUid), Parameter(NpgsqlDbType.Text, filter.SopInstanceUid),
            Parameter(NpgsqlDbType.Bigint, filter.Before), Parameter(NpgsqlDbType.Integer, Math.Clamp(filter.Limit, 1, MaxPage)));
        return await ReadAllAsync(command, Read, cancellation);
    }

    /// <summary>Those of one archive.</summary>
    public async Task<IReadOnlyList<GatewayObject>> FindAsync(string peer, IReadOnlyList<string> sopInstanceUids, CancellationToken cancellation)
    {
        await using var command = Command($"SELECT {Columns} FROM gateway_objects WHERE peer = $1 AND sop_instance_uid = ANY ($2)", Parameter(NpgsqlDbType.Text, peer), Texts(sopInstanceUids));
        return await ReadAllAsync(command, Read, cancellation);
    }

    /// <summary>Errors are to be tried again.</summary>
    /// <returns>How many.</returns>
    public async Task<int> RetryAsync(GatewayFilter filter, CancellationToken cancellation)
    {
        await using var command = Command(
            """
            UPDATE gateway_objects SET state = 0, job_id = NULL, attempts = 0, message = '', updated_at = now()
            WHERE state = 3 AND ($1::text IS NULL OR peer = $1) AND ($2::text IS NULL OR study_instance_uid = $2) AND ($3::text IS NULL OR sop_instance_uid = $3)
            """,
            Parameter(NpgsqlDbType.Text, filter.Peer), Parameter(NpgsqlDbType.Text, filter.StudyInstanceUid), Parameter(NpgsqlDbType.Text, filter.SopInstanceUid));
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Notes a study that arrived before the gateway was there, or while it did not store.</summary>
    /// <returns>How many objects are new to it; null when there is no such gateway.</returns>
    public async Task<int?> NoteAsync(string peer, string studyInstanceUid, CancellationToken cancellation)
    {
        await using var command = Command(
            """
            WITH noted AS (
                INSERT INTO gateway_objects (sop_instance_uid, peer, study_instance_uid, series_instance_uid, blob_key, blob_length, received_at)
                SELECT i.sop_instance_uid, g.peer, st.study_instance_uid, se.series_instance_uid, i.blob_key, i.blob_length, i.received_at
                FROM gateways g, instances i JOIN series se ON se.id = i.series_key JOIN studies st ON st.id = se.study_key
                WHERE g.peer = $1 AND st.study_instance_uid = $2 ORDER BY 1
                ON CONFLICT DO NOTHING RETURNING 1
            )
            SELECT (SELECT count(*) FROM noted)::int FROM gateways WHERE peer = $1
            """,
            Parameter(NpgsqlDbType.Text, peer), Parameter(NpgsqlDbType.Text, studyInstanceUid));
        return await command.ExecuteScalarAsync(cancellation) as int?;
    }

    /// <summary>All gateways, by AE title.</summary>
    public async Task<IReadOnlyList<GatewayStatus>> ReadStatusAsync(CancellationToken cancellation)
    {
        await using var command = Command(
            """
            SELECT g.peer, g.stores, g.since, q.objects, q.bytes, q.oldest, (SELECT count(*) FROM gateway_objects e WHERE e.state = 3 AND e.peer = g.peer),
                r.bytes, r.objects, g.last_success_at, g.last_failure_at, g.last_failure, g.removed_objects, g.removed_bytes
            FROM gateways g,
                LATERAL (SELECT count(*) AS objects, coalesce(sum(blob_length), 0)::bigint AS bytes, min(received_at) AS oldest FROM gateway_objects o WHERE o.peer = g.peer AND o.state < 2) q,
                LATERAL (SELECT coalesce(sum(objects) / s.seconds, 0)::float8 AS objects, coalesce(sum(bytes) / s.seconds, 0)::float8 AS bytes
                    FROM (SELECT extract(epoch FROM now() - date_trunc('minute', now()) + make_interval(mins => $1)) AS seconds) s
                    LEFT JOIN gateway_rates m ON m.peer = g.peer AND m.minute >= date_trunc('minute', now()) - make_interval(mins => $1) GROUP BY s.seconds) r
            ORDER BY g.peer
            """,
            Parameter(NpgsqlDbType.Integer, RateMinutes - 1));
        return await ReadAllAsync(command, row => new GatewayStatus
        {
            Peer = row.GetString(0),
            Stores = row.GetBoolean(1),
            Since = row.GetFieldValue<DateTimeOffset>(2),
            QueuedObjects = row.GetInt64(3),
            QueuedBytes = row.GetInt64(4),
            OldestQueuedAt = TimeOrNull(row, 5),
            Errors = row.GetInt64(6),
            BytesPerSecond = Math.Round(row.GetDouble(7), 1),
            ObjectsPerSecond = Math.Round(row.GetDouble(8), 2),
            LastSuccessAt = TimeOrNull(row, 9),
            LastFailureAt = TimeOrNull(row, 10),
            LastFailure = row.GetString(11),
            RemovedObjects = row.GetInt64(12),
            RemovedBytes = row.GetInt64(13),
        }, cancellation);
    }

    /// <summary>Keeps what came of objects; nothing of one that was replaced meanwhile, or that another job has: the peer may be another server by now.</summary>
    internal async Task ReportAsync(string peer, long job, IReadOnlyList<GatewayReport> reports, CancellationToken cancellation)
    {
        if (reports.Count == 0) return;
        var failure = reports.FirstOrDefault(r => r.Message.Length > 0)?.Message ?? "";
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // First, as all who hold objects and their gateway do.
        await using (var hold = new NpgsqlCommand("SELECT FROM gateways WHERE peer = $1 FOR NO KEY UPDATE", connection))
        {
            hold.Parameters.Add(Parameter(NpgsqlDbType.Text, peer));
            await hold.ExecuteNonQueryAsync(cancellation);
        }
        await using var command = new NpgsqlCommand(
            """
            WITH found AS (
                SELECT g.sop_instance_uid, g.state AS former, r.* FROM gateway_objects g JOIN unnest($2::text[], $3::text[], $4::smallint[], $5::text[], $8::boolean[]) r (uid, blob_key, state, message, is_doubtful)
                ON g.sop_instance_uid = r.uid AND g.blob_key = r.blob_key WHERE g.peer = $1 AND g.job_id = $7 ORDER BY g.sop_instance_uid FOR UPDATE OF g
            ), kept AS (
                UPDATE gateway_objects g SET state = f.state, message = f.message, replaces = g.replaces OR f.is_doubtful, attempts = g.attempts + 1, updated_at = now(), verified_at = CASE WHEN f.state = 2 THEN now() END,
                    removed_at = CASE WHEN f.state = 2 AND EXISTS (SELECT FROM remote_blobs b WHERE b.blob_key = g.blob_key) THEN now() END
                FROM found f WHERE g.peer = $1 AND g.sop_instance_uid = f.sop_instance_uid
                RETURNING f.state, f.former, g.blob_length
            ), rate AS (
                INSERT INTO gateway_rates AS r (peer, minute, objects, bytes)
                SELECT $1, date_trunc('minute', now()), count(*), sum(blob_length) FROM kept WHERE state = 2 AND former <> 2 HAVING count(*) > 0
                ON CONFLICT (peer, minute) DO UPDATE SET objects = r.objects + excluded.objects, bytes = r.bytes + excluded.bytes
            )
            UPDATE gateways SET
                last_success_at = CASE WHEN EXISTS (SELECT FROM kept WHERE state = 2) THEN now() ELSE last_success_at END,
                last_failure_at = CASE WHEN $6 <> '' THEN now() ELSE last_failure_at END,
                last_failure = CASE WHEN $6 <> '' THEN $6 ELSE last_failure END
            WHERE peer = $1
            """, connection);
        command.Parameters.AddRange(new[]
        {
            Parameter(NpgsqlDbType.Text, peer), Texts(reports.Select(r => r.Object.SopInstanceUid)), Texts(reports.Select(r => r.Object.BlobKey)),
            Parameter(NpgsqlDbType.Array | NpgsqlDbType.Smallint, reports.Select(r => (short)r.State).ToArray()), Texts(reports.Select(r => r.Message)),
            Parameter(NpgsqlDbType.Text, failure), Parameter(NpgsqlDbType.Bigint, job), Parameter(NpgsqlDbType.Array | NpgsqlDbType.Boolean, reports.Select(r => r.IsDoubtful).ToArray()),
        });
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static GatewayObject Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Peer = row.GetString(1),
        StudyInstanceUid = row.GetString(2),
        SeriesInstanceUid = row.GetString(3),
        SopInstanceUid = row.GetString(4),
        State = (GatewayObjectState)row.GetInt32(5),
        Bytes = row.GetInt64(6),
        Attempts = row.GetInt32(7),
        Message = row.GetString(8),
        ReceivedAt = row.GetFieldValue<DateTimeOffset>(9),
        UpdatedAt = row.GetFieldValue<DateTimeOffset>(10),
        BlobKey = row.GetString(11),
        Replaces = row.GetBoolean(12),
        JobId = row.IsDBNull(13) ? null : row.GetInt64(13),
    };

    private static DateTimeOffset? TimeOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static NpgsqlParameter Texts(IEnumerable<string> values) => Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, values.ToArray());

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return command;
    }
}
