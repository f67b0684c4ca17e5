using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Changes;

/// <summary>Prunes the change feed from its beginning, and remembers how far.</summary>
public sealed class ChangeRetention(NpgsqlDataSource database)
{
    private const int BatchSize = 5000;

    /// <summary>
    /// Removes changes that are older, but none that the archive itself or an enabled webhook has still to read; and deliveries
    /// that failed for good as long ago.
    /// </summary>
    /// <returns>How many changes went.</returns>
    public async Task<int> PruneAsync(TimeSpan keep, CancellationToken cancellation)
    {
        var count = 0;
        while (await PruneSomeAsync(keep, cancellation) is > 0 and var some) count += some;
        await using var deliveries = database.CreateCommand(
            """
            WITH gone AS (
                DELETE FROM webhook_deliveries d WHERE created_at < now() - $1 AND NOT EXISTS (SELECT FROM jobs j WHERE j.id = d.job_id AND j.state IN (0, 1, 2, 7)) RETURNING job_id
            )
            DELETE FROM jobs USING gone WHERE id = gone.job_id
            """);
        deliveries.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, keep));
        await deliveries.ExecuteNonQueryAsync(cancellation);
        return count;
    }

    private async Task<int> PruneSomeAsync(TimeSpan keep, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            WITH oldest AS MATERIALIZED (
                SELECT transaction_id, id, at FROM changes
                WHERE transaction_id < (SELECT seen_before FROM study_feed)
                  AND transaction_id < coalesce((SELECT min(read_transaction) FROM webhooks WHERE is_enabled), '9223372036854775807')
                ORDER BY transaction_id, id LIMIT $2
            ), gone AS (
                DELETE FROM changes c USING oldest o WHERE c.transaction_id = o.transaction_id AND c.id = o.id AND o.at < now() - $1 RETURNING c.transaction_id, c.id
            ), place AS (
                SELECT transaction_id, id FROM gone ORDER BY transaction_id DESC, id DESC LIMIT 1
            ), noted AS (
                UPDATE change_feed SET (pruned_transaction, pruned_id) = (place.transaction_id, place.id) FROM place
                WHERE (place.transaction_id, place.id) > (pruned_transaction, pruned_id)
            )
            SELECT count(*)::int FROM gone
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, keep));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, BatchSize));
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
