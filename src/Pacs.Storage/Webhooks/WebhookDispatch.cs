using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Changes;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Model;

namespace Pacs.Storage.Webhooks;

/// <summary>
/// Makes deliveries of changes: for each webhook the next ones, once the delivery before has come to an end. A delivery, its
/// job and the place up to which the webhook has read are written in one transaction. Ingest knows nothing of it.
/// </summary>
public sealed class WebhookDispatch(NpgsqlDataSource database, PacsOptions options, ILogger<WebhookDispatch> logger)
{
    /// <summary>Changes in one delivery: less than 300 KB.</summary>
    public const int MaxChanges = 500;

    // What is there to be read, is looked for by key and costs nothing while there is nothing.
    private const string Due =
        """
        SELECT w.id FROM webhooks w LEFT JOIN jobs j ON j.id = w.job_id
        WHERE w.is_enabled AND (j.id IS NULL OR j.state NOT IN (0, 1, 2, 7))
          AND EXISTS (SELECT FROM changes WHERE (transaction_id, id) > (w.read_transaction, w.read_id) AND transaction_id < pg_snapshot_xmin(pg_current_snapshot()))
        ORDER BY w.id
        """;

    private readonly string? _dicomWeb = options.Http.PublicBaseUrl is { } url ? $"{url.TrimEnd('/')}/dicomweb" : null;

    /// <summary>Makes what deliveries are due. Any node may, at any time: of several one makes each.</summary>
    /// <returns>How many were made.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using var due = database.CreateCommand(Due);
        var count = 0;
        foreach (var hook in await JobRows.ReadAllAsync(due, r => r.GetInt64(0), cancellation))
            if (await DispatchAsync(hook, cancellation)) count++;
        return count;
    }

    private async Task<bool> DispatchAsync(long id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Locked first and read in another statement, which sees what the one that held the lock has written.
        await using var turn = Command(connection, "SELECT 1 FROM webhooks WHERE id = $1 FOR UPDATE SKIP LOCKED", Of(NpgsqlDbType.Bigint, id));
        if (await turn.ExecuteScalarAsync(cancellation) is null) return false;
        await using var still = Command(
            connection,
            """
            SELECT w.read_transaction, w.read_id, w.kinds, (w.read_transaction, w.read_id) < (f.pruned_transaction, f.pruned_id) FROM change_feed f, webhooks w LEFT JOIN jobs j ON j.id = w.job_id
            WHERE w.id = $1 AND w.is_enabled AND (j.id IS NULL OR j.state NOT IN (0, 1, 2, 7))
            """,
            Of(NpgsqlDbType.Bigint, id));
        var found = await JobRows.ReadAllAsync(
            still, r => (Place: new ChangePlace(r.GetFieldValue<ulong>(0), r.GetInt64(1)), Kinds: r.GetFieldValue<short[]>(2), IsIncomplete: r.GetBoolean(3)), cancellation);
        if (found is not [var hook]) return false;

        var (changes, next, _) = await ChangeFeed.ReadAsync(connection, hook.Place, MaxChanges, [.. hook.Kinds.Select(k => (ChangeKind)k)], id, cancellation);
        if (next == hook.Place) return false;
        // What nobody asked for is read only once, too. That something is missing is told even when nothing else is.
        if (changes.Count == 0 && !hook.IsIncomplete) await MoveAsync(connection, id, next, null, cancellation);
        else await DeliverAsync(connection, id, hook.IsIncomplete, changes, next, cancellation);
        await transaction.CommitAsync(cancellation);
        return changes.Count > 0;
    }

    private async Task DeliverAsync(NpgsqlConnection connection, long id, bool isIncomplete, IReadOnlyList<ChangeEvent> changes, ChangePlace next, CancellationToken cancellation)
    {
        var delivery = new WebhookDelivery { DeliveryId = WebhookDelivery.NewId(), WebhookId = id, IsIncomplete = isIncomplete, Changes = [.. changes.Select(c => c.WithUrl(_dicomWeb))] };
        var job = await JobService.InsertAsync(connection, new JobRequest(WebhookStore.JobKind), [new JobItem(delivery.DeliveryId)], cancellation);
        await using var command = Command(
            connection, "INSERT INTO webhook_deliveries (id, webhook_id, job_id, body) VALUES ($1, $2, $3, $4)",
            Of(NpgsqlDbType.Text, delivery.DeliveryId), Of(NpgsqlDbType.Bigint, id), Of(NpgsqlDbType.Bigint, job.Id), Of(NpgsqlDbType.Text, delivery.ToJson()));
        await command.ExecuteNonQueryAsync(cancellation);
        await MoveAsync(connection, id, next, job.Id, cancellation);
        logger.DeliveryMade(id, delivery.DeliveryId, changes.Count, job.Id);
    }

    /// <summary>The job before goes if all is well with it: a busy archive makes one a second.</summary>
    private static async Task MoveAsync(NpgsqlConnection connection, long id, ChangePlace next, long? job, CancellationToken cancellation)
    {
        await using var command = Command(
            connection,
            """
            WITH former AS (
                SELECT job_id FROM webhooks WHERE id = $1 AND $4::bigint IS NOT NULL
            ), gone AS (
                DELETE FROM jobs USING former WHERE jobs.id = former.job_id AND state = 3
            )
            UPDATE webhooks SET read_transaction = $2, read_id = $3, job_id = coalesce($4, job_id) WHERE id = $1
            """,
            Of(NpgsqlDbType.Bigint, id), Of(NpgsqlDbType.Xid8, next.Transaction), Of(NpgsqlDbType.Bigint, next.Id), Of(NpgsqlDbType.Bigint, job));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Of(NpgsqlDbType type, object? value) => JobRows.Parameter(type, value);
}
