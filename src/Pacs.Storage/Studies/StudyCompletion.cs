using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Model;

namespace Pacs.Storage.Studies;

/// <summary>
/// Decides when a study is complete: after a quiet time, by its procedure step, or because somebody says so. The decision
/// is a row of the change feed, written in one transaction with what follows from it; what it rests on is in the database.
/// </summary>
public sealed class StudyCompletion(NpgsqlDataSource database, IEnumerable<ICompletionSubscriber> subscribers, ILogger<StudyCompletion> logger)
{
    /// <summary>Held by whoever reads the feed or closes a study, for one transaction: neither sees half of the other.</summary>
    private const long Lock = 0x5041_4353_0001;

    private const int BatchSize = 100;

    /// <summary>The study is complete now, whatever time has passed. Later objects open it again.</summary>
    public Task<StudyClosing> CloseAsync(string studyInstanceUid, CompletionReason reason, CancellationToken cancellation) =>
        CloseAsync(studyInstanceUid, reason, TimeSpan.Zero, cancellation);

    /// <summary>Null when there is no such study.</summary>
    public async Task<StudyState?> FindAsync(string studyInstanceUid, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT completed_at, completed_reason, completed_version IS NOT NULL AND NOT EXISTS (SELECT FROM open_studies o WHERE o.study_instance_uid = s.study_instance_uid),
                   instance_count, (SELECT count(*)::int FROM series se JOIN instances i ON i.series_key = se.id JOIN committed_instances c USING (sop_instance_uid) WHERE se.study_key = s.id)
            FROM studies s WHERE study_instance_uid = $1
            """);
        command.Parameters.Add(new() { Value = studyInstanceUid });
        await using var row = await command.ExecuteReaderAsync(cancellation);
        if (!await row.ReadAsync(cancellation)) return null;
        return new StudyState
        {
            StudyInstanceUid = studyInstanceUid,
            CompletedAt = row.IsDBNull(0) ? null : row.GetFieldValue<DateTimeOffset>(0),
            CompletedReason = row.IsDBNull(1) ? null : (CompletionReason)row.GetInt16(1),
            IsComplete = row.GetBoolean(2),
            Instances = row.GetInt32(3),
            CommittedInstances = row.GetInt32(4),
        };
    }

    /// <summary>Notes which studies got objects, and closes those that were performed, or have been quiet for long enough. One node at a time does it; the others return at once.</summary>
    /// <returns>How many were closed.</returns>
    public async Task<int> EvaluateAsync(TimeSpan quiet, CancellationToken cancellation)
    {
        if (!await ReadFeedAsync(cancellation)) return 0;
        var closed = 0;
        foreach (var study in await ListPerformedAsync(cancellation))
            if (await CloseAsync(study, CompletionReason.ProcedureStep, cancellation) == StudyClosing.Closed) closed++;
        foreach (var study in await ListDueAsync(quiet, cancellation))
            if (await CloseAsync(study, CompletionReason.QuietTime, quiet, cancellation) == StudyClosing.Closed) closed++;
        return closed;
    }

    /// <summary>What the feed tells up to now is nothing new: a rebuilt index has the studies that it had.</summary>
    internal static void SkipFeed(NpgsqlDataSource database)
    {
        using var command = database.CreateCommand(
            """
            TRUNCATE open_studies;
            UPDATE study_feed SET (seen_before, read_to) = (SELECT pg_current_xact_id(), coalesce(max(id), 0) FROM changes);
            UPDATE webhooks SET read_transaction = pg_current_xact_id(), read_id = 0;
            """);
        command.ExecuteNonQuery();
    }

    private async Task<StudyClosing> CloseAsync(string study, CompletionReason reason, TimeSpan quiet, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock($1)", cancellation, Of(NpgsqlDbType.Bigint, Lock));
        // It was looked up before the lock was there: another node may have closed it, or another object have come. The feed
        // tells of objects only when every older transaction has ended, which may take longer than the quiet time; the study knows.
        var wasOpen = await ExecuteAsync(
            connection,
            """
            DELETE FROM open_studies WHERE study_instance_uid = $1 AND last_stored_at <= now() - $2
                AND ($2 = interval '0' OR NOT EXISTS (SELECT FROM studies s WHERE s.study_instance_uid = $1 AND s.updated_at > now() - $2))
            """,
            cancellation,
            Of(NpgsqlDbType.Text, study), Of(NpgsqlDbType.Interval, quiet));
        if (reason == CompletionReason.QuietTime && wasOpen == 0) return StudyClosing.WasComplete;

        if (await CompleteAsync(connection, study, reason, cancellation) is not { } instances)
        {
            var exists = await ScalarAsync(connection, "SELECT EXISTS (SELECT FROM studies WHERE study_instance_uid = $1)", cancellation, Of(NpgsqlDbType.Text, study)) is true;
            await transaction.CommitAsync(cancellation);
            return exists ? StudyClosing.WasComplete : StudyClosing.NotFound;
        }
        foreach (var subscriber in subscribers) await subscriber.OnCompletedAsync(new CompletedStudy(study, reason, instances), connection, cancellation);
        await transaction.CommitAsync(cancellation);
        logger.StudyCompleted(study, reason, instances);
        return StudyClosing.Closed;
    }

    /// <returns>How many objects it has; null when there is no such study, or it was complete as it is.</returns>
    private static async Task<int?> CompleteAsync(NpgsqlConnection connection, string study, CompletionReason reason, CancellationToken cancellation) =>
        await ScalarAsync(
            connection,
            """
            WITH study AS (
                UPDATE studies SET completed_at = now(), completed_version = version, completed_reason = $2
                WHERE study_instance_uid = $1 AND completed_version IS DISTINCT FROM version RETURNING instance_count
            ), event AS (
                INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid, reason) SELECT $3, $1, '', '', $2 FROM study
            )
            SELECT instance_count FROM study
            """,
            cancellation,
            Of(NpgsqlDbType.Text, study), Of(NpgsqlDbType.Smallint, (short)reason), Of(NpgsqlDbType.Smallint, (short)ChangeKind.StudyCompleted)) as int?;

    private async Task<IReadOnlyList<string>> ListDueAsync(TimeSpan quiet, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT study_instance_uid FROM open_studies WHERE last_stored_at <= now() - $1 ORDER BY last_stored_at LIMIT $2");
        command.Parameters.Add(Of(NpgsqlDbType.Interval, quiet));
        command.Parameters.Add(Of(NpgsqlDbType.Integer, BatchSize));
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        var studies = new List<string>();
        while (await rows.ReadAsync(cancellation)) studies.Add(rows.GetString(0));
        return studies;
    }

    /// <summary>
    /// Open studies whose modality is done: it completed its steps – none is in progress –, and every object that these name
    /// is here, which may be long after the step was completed. What comes later than that waits for the quiet time.
    /// </summary>
    private async Task<IReadOnlyList<string>> ListPerformedAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT o.study_instance_uid FROM open_studies o JOIN studies s USING (study_instance_uid), LATERAL (
                SELECT bool_and(p.status <> 0) AS is_done,
                       bool_or(p.status = 1 AND p.object_uids <> '{}' AND (s.completed_at IS NULL OR s.completed_at < p.updated_at)) AS is_news,
                       sum((SELECT count(*) FROM unnest(p.object_uids) u WHERE p.status = 1 AND NOT EXISTS (SELECT FROM instances i WHERE i.sop_instance_uid = u))) AS missing
                FROM procedure_steps p WHERE p.study_instance_uids @> ARRAY[o.study_instance_uid]
            ) steps
            WHERE steps.is_done AND steps.is_news AND steps.missing = 0
            ORDER BY o.last_stored_at LIMIT $1
            """);
        command.Parameters.Add(Of(NpgsqlDbType.Integer, BatchSize));
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        var studies = new List<string>();
        while (await rows.ReadAsync(cancellation)) studies.Add(rows.GetString(0));
        return studies;
    }

    /// <returns>Whether it was this node's turn.</returns>
    private async Task<bool> ReadFeedAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // The feed is read by its index whatever the planner knows of it: after an upgrade of the server it knows nothing.
        if (await ScalarAsync(connection, "SELECT pg_try_advisory_xact_lock($1) FROM set_config('enable_seqscan', 'off', true)", cancellation, Of(NpgsqlDbType.Bigint, Lock)) is not true)
            return false;

        var (seenBefore, isOfAnotherServer) = await ReadPlaceAsync(connection, cancellation);
        if (isOfAnotherServer)
        {
            await RenumberAsync(connection, cancellation);
            logger.FeedRenumbered();
            (seenBefore, _) = await ReadPlaceAsync(connection, cancellation);
        }
        // Nothing new costs one look at the end of an index, and writes nothing.
        if (await ScalarAsync(connection, "SELECT EXISTS (SELECT FROM changes WHERE transaction_id >= $1)", cancellation, Of(NpgsqlDbType.Xid8, seenBefore)) is not true)
        {
            await transaction.CommitAsync(cancellation);
            return true;
        }
        await ExecuteAsync(
            connection,
            """
            WITH place AS (
                SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin
            ), news AS (
                SELECT changes.* FROM changes, place WHERE transaction_id >= $1 AND transaction_id < place.xmin
            ), stored AS (
                SELECT study_instance_uid, max(at) AS at FROM news WHERE kind IN (1, 2) GROUP BY 1
            ), opened AS (
                INSERT INTO open_studies (study_instance_uid, last_stored_at)
                SELECT s.study_instance_uid, stored.at FROM stored JOIN studies s USING (study_instance_uid)
                -- What was there when the study was completed does not open it again.
                WHERE s.completed_version IS NULL OR s.version > s.completed_version
                ON CONFLICT (study_instance_uid) DO UPDATE SET last_stored_at = greatest(open_studies.last_stored_at, excluded.last_stored_at)
                RETURNING study_instance_uid, xmax = 0 AS is_new
            ), reopened AS (
                INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid)
                SELECT $2, s.study_instance_uid, '', '' FROM opened JOIN studies s USING (study_instance_uid) WHERE opened.is_new AND s.completed_version IS NOT NULL
            )
            UPDATE study_feed SET seen_before = place.xmin, read_to = greatest(read_to, (SELECT max(id) FROM news)) FROM place
            """,
            cancellation,
            Of(NpgsqlDbType.Xid8, seenBefore), Of(NpgsqlDbType.Smallint, (short)ChangeKind.StudyReopened));
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>
    /// A database that was dumped and restored has rows of transactions that its new server will reach in years only. What of
    /// them has been read, by this and for all webhooks, becomes of the first transaction of all, the rest of this one; what
    /// others are writing meanwhile is of one that is not older than xmin.
    /// </summary>
    private static Task<int> RenumberAsync(NpgsqlConnection connection, CancellationToken cancellation) => ExecuteAsync(
        connection,
        """
        WITH renumbered AS (
            UPDATE changes c SET transaction_id = CASE
                WHEN id > read_to OR transaction_id >= seen_before OR EXISTS (SELECT FROM webhooks w WHERE (c.transaction_id, c.id) > (w.read_transaction, w.read_id)) THEN pg_current_xact_id()
                ELSE '1' END FROM study_feed
        ), places AS (
            UPDATE webhooks SET read_transaction = '2', read_id = 0
        ), kept AS (
            UPDATE change_feed SET pruned_transaction = '0', pruned_id = 0
        )
        UPDATE study_feed SET seen_before = pg_snapshot_xmin(pg_current_snapshot())
        """,
        cancellation);

    private static async Task<(ulong SeenBefore, bool IsOfAnotherServer)> ReadPlaceAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT seen_before, seen_before > pg_snapshot_xmax(pg_current_snapshot()) FROM study_feed", connection);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return (row.GetFieldValue<ulong>(0), row.GetBoolean(1));
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteScalarAsync(cancellation);
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private static NpgsqlParameter Of(NpgsqlDbType type, object value) => new() { NpgsqlDbType = type, Value = value };
}
