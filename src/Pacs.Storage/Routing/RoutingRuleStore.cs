using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Access;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Routing;

/// <summary>The routing rules, in effect for the next object on every node.</summary>
public sealed class RoutingRuleStore(NpgsqlDataSource database)
{
    internal const string Resource = "routing/rules";

    private const string Select =
        """
        SELECT r.name, (r.settings || jsonb_build_object('name', r.name, 'position', r.position, 'isEnabled', r.is_enabled))::text,
               (SELECT count(*) FROM routing_outbox o WHERE o.rule_id = r.id), coalesce(c.routed, 0), coalesce(c.cut, 0), coalesce(c.last_cut, ''), c.last_at
        FROM routing_rules r LEFT JOIN routing_counts c ON c.rule_id = r.id
        """;

    /// <summary>All, in the order in which they are tried.</summary>
    /// <exception cref="UnreadableSettingsException">One cannot be read.</exception>
    public async Task<IReadOnlyList<RoutingRuleState>> ListAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"{Select} ORDER BY r.position, r.name");
        return await JobRows.ReadAllAsync(command, Read, cancellation);
    }

    /// <summary>Null when there is none.</summary>
    /// <exception cref="UnreadableSettingsException">It cannot be read.</exception>
    public async Task<RoutingRuleState?> FindAsync(string name, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"{Select} WHERE r.name = $1");
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, name));
        return (await JobRows.ReadAllAsync(command, Read, cancellation)).FirstOrDefault();
    }

    /// <summary>Names of the rules that name the peer, disabled ones too.</summary>
    public Task<IReadOnlyList<string>> ListNamingAsync(string peer, CancellationToken cancellation) => ListNamingAsync("destinations", JobRows.Parameter(NpgsqlDbType.Text, peer), cancellation);

    /// <summary>Names of the rules that name the webhook, disabled ones too.</summary>
    public Task<IReadOnlyList<string>> ListNamingAsync(long webhook, CancellationToken cancellation) => ListNamingAsync("webhookIds", JobRows.Parameter(NpgsqlDbType.Bigint, webhook), cancellation);

    private async Task<IReadOnlyList<string>> ListNamingAsync(string member, NpgsqlParameter what, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"SELECT name FROM routing_rules WHERE jsonb_path_exists(settings, '$.actions[*].{member}[*] ? (@ == $what)', jsonb_build_object('what', $1)) ORDER BY position, name");
        command.Parameters.Add(what);
        return await JobRows.ReadAllAsync(command, r => r.GetString(0), cancellation);
    }

    /// <summary>Adds the rule or changes it. What waits for it then follows its new actions.</summary>
    /// <returns>Whether it is new.</returns>
    public async Task<bool> PutAsync(RoutingRule rule, CancellationToken cancellation)
    {
        // Object rules wait for nothing: what an earlier trigger held back goes at once.
        await using var command = database.CreateCommand(
            """
            WITH rule AS (
                INSERT INTO routing_rules (name, position, is_enabled, settings) VALUES ($1, $2, $3, $4 - '{name,position,isEnabled}'::text[])
                ON CONFLICT (name) DO UPDATE SET position = excluded.position, is_enabled = excluded.is_enabled, settings = excluded.settings, updated_at = now()
                RETURNING id, xmax = 0 AS is_new
            ), due AS (
                UPDATE routing_outbox o SET is_due = true FROM rule WHERE o.rule_id = rule.id AND $5 AND NOT o.is_due
            )
            SELECT is_new FROM rule
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, rule.Name));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, rule.Position));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Boolean, rule.IsEnabled));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Jsonb, AccessJson.Write(rule)));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Boolean, rule.Trigger == RoutingTrigger.Object));
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Removes the rule, and what waits for it. Jobs that it made go on.</summary>
    /// <returns>Whether it was there.</returns>
    public async Task<bool> RemoveAsync(string name, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            WITH rule AS (
                DELETE FROM routing_rules WHERE name = $1 RETURNING id
            ), waiting AS (
                DELETE FROM routing_outbox o USING rule WHERE o.rule_id = rule.id
            )
            SELECT count(*) FROM rule
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, name));
        return (long)(await command.ExecuteScalarAsync(cancellation))! > 0;
    }

    private static RoutingRuleState Read(NpgsqlDataReader row) => new(AccessJson.Read<RoutingRule>(row.GetString(1), Resource, row.GetString(0)))
    {
        Waiting = row.GetInt64(2),
        Routed = row.GetInt64(3),
        Cut = row.GetInt64(4),
        LastCut = row.GetString(5) is { Length: > 0 } cut ? cut : null,
        LastAt = row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6),
    };
}
