using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Routing;

/// <summary>The rows in which ingest says what rules took, as they are turned into jobs: within one transaction, by one node at a time.</summary>
internal sealed class RoutingOutbox(NpgsqlConnection connection, CancellationToken cancellation)
{
    /// <summary>Rows at a time.</summary>
    public const int BatchSize = 5000;

    private const long Lock = 0x5041_4353_0016;

    /// <summary>Whether it is this node's turn, until the end of the transaction.</summary>
    public async Task<bool> TryLockAsync()
    {
        await using var command = Command("SELECT pg_try_advisory_xact_lock($1)", JobRows.Parameter(NpgsqlDbType.Bigint, Lock));
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    /// <summary>Has the time of what waited for its series come, it is due. The times are those of the database: they go on while no process runs.</summary>
    /// <param name="rules">Enabled rules that do not wait for the study, with their quiet time.</param>
    public async Task MarkDueAsync(IReadOnlyList<(long Id, TimeSpan Quiet)> rules)
    {
        if (rules.Count == 0) return;
        await using var command = Command(
            """
            WITH rules AS (
                SELECT * FROM unnest($1::bigint[], $2::interval[]) AS r(id, quiet)
            ), quiet AS (
                SELECT o.rule_id, o.series_instance_uid FROM rules r JOIN routing_outbox o ON o.rule_id = r.id AND NOT o.is_due
                GROUP BY 1, 2, r.quiet
                HAVING max(o.at) <= now() - r.quiet
                   AND (r.quiet = interval '0' OR NOT EXISTS (SELECT FROM series s WHERE s.series_instance_uid = o.series_instance_uid AND s.updated_at > now() - r.quiet))
            ), rows AS (
                SELECT o.id FROM routing_outbox o JOIN quiet q ON q.rule_id = o.rule_id AND q.series_instance_uid = o.series_instance_uid
                WHERE NOT o.is_due FOR UPDATE OF o SKIP LOCKED
            )
            UPDATE routing_outbox o SET is_due = true FROM rows WHERE o.id = rows.id
            """,
            JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, rules.Select(r => r.Id).ToArray()),
            JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Interval, rules.Select(r => r.Quiet).ToArray()));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>
    /// Takes what is due, in the order in which it came; what waits for a rule that is disabled, or that this version cannot
    /// read, stays. Of a rule that is gone nothing is left; nor of objects that are.
    /// </summary>
    /// <returns>How many rows were taken, and what they say.</returns>
    public async Task<(int Count, IReadOnlyList<RoutedObject> Objects)> TakeAsync(IReadOnlyList<long> enabledRules)
    {
        await using var command = Command(
            """
            WITH rows AS (
                SELECT id FROM routing_outbox o
                WHERE is_due AND NOT EXISTS (SELECT FROM routing_rules r WHERE r.id = o.rule_id AND r.id <> ALL ($1))
                ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
            ), taken AS (
                DELETE FROM routing_outbox o USING rows WHERE o.id = rows.id RETURNING o.*
            )
            SELECT t.rule_id, t.study_instance_uid, t.sop_instance_uid, i.blob_length - i.dataset_offset, t.came_from, i.remote_address, t.came_back
            FROM taken t LEFT JOIN instances i USING (sop_instance_uid) ORDER BY t.id
            """,
            JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, enabledRules.ToArray()), JobRows.Parameter(NpgsqlDbType.Integer, BatchSize));
        var rows = await JobRows.ReadAllAsync(
            command,
            r => r.IsDBNull(3) ? null : new RoutedObject(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetInt64(3), r.GetString(4), r.GetString(5), r.GetBoolean(6)),
            cancellation);
        return (rows.Count, [.. rows.OfType<RoutedObject>()]);
    }

    /// <summary>Keeps what came of a rule.</summary>
    public async Task CountAsync(long rule, int routed, int cut, string lastCut)
    {
        await using var command = Command(
            """
            INSERT INTO routing_counts (rule_id, routed, cut, last_cut, last_at) SELECT id, $2, $3, $4, now() FROM routing_rules WHERE id = $1
            ON CONFLICT (rule_id) DO UPDATE SET routed = routing_counts.routed + excluded.routed, cut = routing_counts.cut + excluded.cut,
                last_cut = CASE WHEN excluded.last_cut = '' THEN routing_counts.last_cut ELSE excluded.last_cut END, last_at = now()
            """,
            JobRows.Parameter(NpgsqlDbType.Bigint, rule), JobRows.Parameter(NpgsqlDbType.Bigint, (long)routed), JobRows.Parameter(NpgsqlDbType.Bigint, (long)cut),
            JobRows.Parameter(NpgsqlDbType.Text, lastCut));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return command;
    }
}
