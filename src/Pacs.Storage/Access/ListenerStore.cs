using Npgsql;
using NpgsqlTypes;

namespace Pacs.Storage.Access;

/// <summary>The listeners besides that of the configuration. Every node that has the Dimse role opens them.</summary>
public sealed class ListenerStore(NpgsqlDataSource database)
{
    private const string Select = "SELECT name, (settings || jsonb_build_object('name', name))::text FROM listeners";

    /// <summary>All, by name.</summary>
    /// <exception cref="UnreadableSettingsException">One cannot be read.</exception>
    public async Task<IReadOnlyList<Listener>> ListAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"{Select} ORDER BY name");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await AccessJson.ReadAllAsync<Listener>(reader, "listeners", unreadable: null, cancellation);
    }

    /// <summary>Adds the listener or changes it.</summary>
    /// <returns>Whether it is new.</returns>
    public async Task<bool> PutAsync(Listener listener, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            INSERT INTO listeners (name, settings) VALUES ($1, $2 - 'name')
            ON CONFLICT (name) DO UPDATE SET settings = excluded.settings, updated_at = now()
            RETURNING xmax = 0
            """);
        command.Parameters.Add(new() { Value = listener.Name });
        command.Parameters.Add(new() { Value = AccessJson.Write(listener), NpgsqlDbType = NpgsqlDbType.Jsonb });
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <returns>Whether it was there.</returns>
    public async Task<bool> RemoveAsync(string name, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("DELETE FROM listeners WHERE name = $1");
        command.Parameters.Add(new() { Value = name });
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    }
}
