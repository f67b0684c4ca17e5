using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Settings;

/// <summary>The settings that were changed by REST, for all nodes.</summary>
internal sealed class SettingStore(NpgsqlDataSource database)
{
    public async Task<IReadOnlyList<StoredSetting>> ListAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT name, value::text, changed_at, changed_by FROM settings ORDER BY name");
        return await JobRows.ReadAllAsync(command, r => new StoredSetting(r.GetString(0), JsonDocument.Parse(r.GetString(1)).RootElement, r.GetFieldValue<DateTimeOffset>(2), r.GetString(3)), cancellation);
    }

    /// <summary>All of them, or none.</summary>
    /// <param name="changes">Names and values; null for one that goes.</param>
    /// <param name="changedBy">Name of an API key.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task ChangeAsync(IReadOnlyDictionary<string, JsonElement?> changes, string changedBy, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            WITH changes AS (
                SELECT * FROM unnest($1::text[], $2::text[]) c (name, value)
            ), gone AS (
                DELETE FROM settings s USING changes c WHERE s.name = c.name AND c.value IS NULL
            )
            INSERT INTO settings (name, value, changed_by) SELECT name, value::jsonb, $3 FROM changes WHERE value IS NOT NULL ORDER BY name
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_by = excluded.changed_by, changed_at = now()
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, changes.Keys.ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, changes.Values.Select(v => v?.GetRawText()).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, changedBy));
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
