using Npgsql;

namespace Pacs.Storage.Access;

/// <summary>What the nodes say of their listeners, so that any of them can tell.</summary>
public sealed class ListenerStates(NpgsqlDataSource database)
{
    /// <summary>After so long without a word a node counts as gone.</summary>
    private const string Lifetime = "interval '20 seconds'";

    /// <summary>How this node is called.</summary>
    public static string Node { get; } = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>Those of all nodes that are there, by name and node.</summary>
    public async Task<IReadOnlyList<ListenerState>> ListAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"SELECT node, name, end_point, fault, associations FROM listener_states WHERE seen_at > now() - {Lifetime} ORDER BY name, node");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var states = new List<ListenerState>();
        while (await reader.ReadAsync(cancellation))
            states.Add(new(reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetInt32(4)));
        return states;
    }

    /// <summary>Says what this node has; nothing when it stops. Nodes that are long gone are forgotten.</summary>
    public async Task PutAsync(IReadOnlyList<ListenerState> states, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"""
            WITH gone AS (DELETE FROM listener_states WHERE (node = $1 AND NOT name = ANY ($2)) OR seen_at < now() - {Lifetime})
            INSERT INTO listener_states (node, name, end_point, fault, associations)
                SELECT $1, s.* FROM unnest($2, $3, $4, $5) AS s (name, end_point, fault, associations)
            ON CONFLICT (node, name) DO UPDATE
                SET end_point = excluded.end_point, fault = excluded.fault, associations = excluded.associations, seen_at = now()
            """);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new NpgsqlParameter<string> { TypedValue = Node },
            new NpgsqlParameter<string[]> { TypedValue = [.. states.Select(s => s.Name)] },
            new NpgsqlParameter<string?[]> { TypedValue = [.. states.Select(s => s.EndPoint)] },
            new NpgsqlParameter<string?[]> { TypedValue = [.. states.Select(s => s.Fault)] },
            new NpgsqlParameter<int[]> { TypedValue = [.. states.Select(s => s.Associations)] },
        });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
