using Npgsql;
using NpgsqlTypes;

namespace Pacs.Storage.Access;

/// <summary>The access rules, in effect for the next association on every node.</summary>
public sealed class AccessRuleStore(NpgsqlDataSource database)
{
    private const string Select = "SELECT position::text, (settings || jsonb_build_object('position', position))::text FROM access_rules";

    /// <summary>All, in the order in which they are tried.</summary>
    /// <exception cref="UnreadableSettingsException">One cannot be read.</exception>
    public async Task<IReadOnlyList<AccessRule>> ListAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"{Select} ORDER BY position");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await AccessJson.ReadAllAsync<AccessRule>(reader, "access-rules", unreadable: null, cancellation);
    }

    /// <summary>Adds the rule or puts it in the place of the one at its position.</summary>
    /// <returns>Whether the position was free.</returns>
    public async Task<bool> PutAsync(AccessRule rule, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            INSERT INTO access_rules (position, settings) VALUES ($1, $2 - 'position')
            ON CONFLICT (position) DO UPDATE SET settings = excluded.settings, updated_at = now()
            RETURNING xmax = 0
            """);
        command.Parameters.Add(new() { Value = rule.Position });
        command.Parameters.Add(new() { Value = AccessJson.Write(rule), NpgsqlDbType = NpgsqlDbType.Jsonb });
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <returns>Whether there was one.</returns>
    public async Task<bool> RemoveAsync(int position, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("DELETE FROM access_rules WHERE position = $1");
        command.Parameters.Add(new() { Value = position });
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    }
}
