using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Changes;
using Pacs.Storage.Jobs;
using Pacs.Storage.Model;

namespace Pacs.Storage.Webhooks;

/// <summary>The webhooks, in force on every node at once, and what came of their deliveries.</summary>
public sealed class WebhookStore(NpgsqlDataSource database)
{
    /// <summary>The kind of job that delivers.</summary>
    public const string JobKind = "webhook";

    /// <summary>Deliveries refused in a row after which a webhook is disabled: whatever comes waits for a person then.</summary>
    public const int MaxFailures = 10;

    private const string Columns =
        "id, url, kinds, is_enabled, disabled_because, job_id, failures, last_status, last_message, last_attempt_at, last_delivery_at, created_at";

    /// <summary>All, by identifier.</summary>
    public async Task<IReadOnlyList<Webhook>> ListAsync(CancellationToken cancellation)
    {
        await using var command = Command($"SELECT {Columns} FROM webhooks ORDER BY id");
        return await JobRows.ReadAllAsync(command, Read, cancellation);
    }

    /// <summary>Null when there is none.</summary>
    public async Task<Webhook?> FindAsync(long id, CancellationToken cancellation)
    {
        await using var command = Command($"SELECT {Columns} FROM webhooks WHERE id = $1", Of(NpgsqlDbType.Bigint, id));
        return (await JobRows.ReadAllAsync(command, Read, cancellation)).FirstOrDefault();
    }

    /// <summary>Adds one, which is told of what changes from now on.</summary>
    /// <returns>It, with its secret.</returns>
    public async Task<Webhook> AddAsync(WebhookRequest request, CancellationToken cancellation)
    {
        var secret = request.Secret ?? WebhookSignature.NewSecret();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var end = await ChangeFeed.EndAsync(connection, cancellation);
        await using var command = new NpgsqlCommand(
            $"INSERT INTO webhooks (url, kinds, secret, is_enabled, read_transaction, read_id) VALUES ($1, $2, $3, $4, $5, $6) RETURNING {Columns}", connection);
        command.Parameters.AddRange(new[]
        {
            Of(NpgsqlDbType.Text, request.Url), Kinds(request), Of(NpgsqlDbType.Text, secret), Of(NpgsqlDbType.Boolean, request.Enabled),
            Of(NpgsqlDbType.Xid8, end.Transaction), Of(NpgsqlDbType.Bigint, end.Id),
        });
        return (await JobRows.ReadAllAsync(command, Read, cancellation))[0] with { Secret = secret };
    }

    /// <summary>Changes one; what waits for it is tried at once.</summary>
    /// <returns>It, with its secret if that is new; null when there is none.</returns>
    public async Task<Webhook?> ChangeAsync(long id, WebhookRequest request, CancellationToken cancellation)
    {
        await using var command = Command(
            $"""
            WITH hook AS (
                UPDATE webhooks SET url = $2, kinds = $3, secret = coalesce($4, secret), is_enabled = $5, disabled_because = '', failures = 0, updated_at = now() WHERE id = $1 RETURNING *
            ), job AS (
                UPDATE jobs j SET next_attempt_at = now() FROM hook WHERE j.id = hook.job_id AND j.state = 2 RETURNING j.id
            ), wake AS (
                SELECT pg_notify('pacs_jobs', '') FROM job
            )
            SELECT {Columns}, (SELECT count(*) FROM wake) FROM hook
            """,
            Of(NpgsqlDbType.Bigint, id), Of(NpgsqlDbType.Text, request.Url), Kinds(request), Of(NpgsqlDbType.Text, request.Secret), Of(NpgsqlDbType.Boolean, request.Enabled));
        return (await JobRows.ReadAllAsync(command, Read, cancellation)).FirstOrDefault() is { } hook ? hook with { Secret = request.Secret } : null;
    }

    /// <summary>Removes one with its deliveries and their jobs.</summary>
    /// <returns>Whether it was there.</returns>
    public async Task<bool> RemoveAsync(long id, CancellationToken cancellation)
    {
        await using var command = Command(
            """
            WITH hook AS (
                DELETE FROM webhooks WHERE id = $1 RETURNING id, job_id
            ), gone AS (
                DELETE FROM jobs WHERE id IN (SELECT job_id FROM hook UNION SELECT d.job_id FROM webhook_deliveries d JOIN hook ON d.webhook_id = hook.id)
            )
            SELECT count(*) FROM hook
            """,
            Of(NpgsqlDbType.Bigint, id));
        return (long)(await command.ExecuteScalarAsync(cancellation))! > 0;
    }

    /// <summary>What is needed to send a delivery; null when the receiver has it, or nobody is to be sent it any more.</summary>
    public async Task<(long WebhookId, string Url, string Secret, string Body, bool IsEnabled)?> FindDeliveryAsync(string deliveryId, CancellationToken cancellation)
    {
        await using var command = Command(
            "SELECT w.id, w.url, w.secret, d.body, w.is_enabled FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE d.id = $1", Of(NpgsqlDbType.Text, deliveryId));
        var rows = await JobRows.ReadAllAsync(command, r => (r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetBoolean(4)), cancellation);
        return rows.Count > 0 ? rows[0] : null;
    }

    /// <summary>The secret of a webhook; null when there is none.</summary>
    public async Task<string?> FindSecretAsync(long id, CancellationToken cancellation)
    {
        await using var command = Command("SELECT secret FROM webhooks WHERE id = $1", Of(NpgsqlDbType.Bigint, id));
        return await command.ExecuteScalarAsync(cancellation) as string;
    }

    /// <summary>Keeps what came of an attempt, and what follows from it for the webhook.</summary>
    public async Task RecordAsync(long webhookId, string deliveryId, WebhookOutcome outcome, CancellationToken cancellation)
    {
        await using var command = Command(
            $"""
            WITH done AS (
                DELETE FROM webhook_deliveries WHERE id = $2 AND $3 = {(int)WebhookResult.Delivered}
            )
            UPDATE webhooks SET last_status = $4, last_message = $5, last_attempt_at = now(),
                last_delivery_at = CASE WHEN $3 = {(int)WebhookResult.Delivered} THEN now() ELSE last_delivery_at END,
                failures = CASE $3 WHEN {(int)WebhookResult.Delivered} THEN 0 WHEN {(int)WebhookResult.Refused} THEN failures + 1 ELSE failures END,
                is_enabled = is_enabled AND $3 <> {(int)WebhookResult.Gone} AND ($3 <> {(int)WebhookResult.Refused} OR failures + 1 < {MaxFailures}),
                disabled_because = CASE
                    WHEN $3 = {(int)WebhookResult.Gone} THEN $5
                    WHEN $3 = {(int)WebhookResult.Refused} AND failures + 1 >= {MaxFailures} THEN 'The receiver refused {MaxFailures} deliveries in a row. Last: ' || $5
                    ELSE disabled_because END
            WHERE id = $1
            """,
            Of(NpgsqlDbType.Bigint, webhookId), Of(NpgsqlDbType.Text, deliveryId), Of(NpgsqlDbType.Integer, (int)outcome.Result),
            Of(NpgsqlDbType.Integer, outcome.Status), Of(NpgsqlDbType.Text, outcome.Message));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static Webhook Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Url = row.GetString(1),
        Kinds = [.. row.GetFieldValue<short[]>(2).Select(k => (ChangeKind)k)],
        Enabled = row.GetBoolean(3),
        DisabledBecause = row.GetString(4) is { Length: > 0 } reason ? reason : null,
        JobId = row.IsDBNull(5) ? null : row.GetInt64(5),
        Failures = row.GetInt32(6),
        LastStatus = row.IsDBNull(7) ? null : row.GetInt32(7),
        LastMessage = row.GetString(8) is { Length: > 0 } message ? message : null,
        LastAttemptAt = row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9),
        LastDeliveryAt = row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(11),
    };

    private static NpgsqlParameter Kinds(WebhookRequest request) =>
        Of(NpgsqlDbType.Array | NpgsqlDbType.Smallint, request.Kinds.Distinct().Select(k => (short)k).ToArray());

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Of(NpgsqlDbType type, object? value) => JobRows.Parameter(type, value);
}
