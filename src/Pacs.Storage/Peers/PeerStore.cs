using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Peers;

/// <summary>The known peers: those kept by REST, in effect at once on every node, and those of the configuration, which the former override.</summary>
public sealed class PeerStore(NpgsqlDataSource database, PacsOptions options)
{
    private const string Select = "SELECT (settings || jsonb_build_object('aeTitle', ae_title, 'host', host, 'port', port))::text FROM peers";

    /// <summary>Null when it is not known.</summary>
    public async Task<Peer?> FindAsync(string aeTitle, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"{Select} WHERE ae_title = $1");
        command.Parameters.Add(new() { Value = aeTitle });
        return await command.ExecuteScalarAsync(cancellation) is string json ? AccessJson.Read<Peer>(json) : options.Peers.FirstOrDefault(p => p.AeTitle == aeTitle);
    }

    /// <summary>All, by AE title.</summary>
    public async Task<IReadOnlyList<Peer>> ListAsync(CancellationToken cancellation)
    {
        var peers = options.Peers.ToDictionary(p => p.AeTitle);
        await using var command = database.CreateCommand(Select);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var peer = AccessJson.Read<Peer>(reader.GetString(0));
            peers[peer.AeTitle] = peer;
        }
        return [.. peers.Values.OrderBy(p => p.AeTitle, StringComparer.Ordinal)];
    }

    /// <summary>Adds the peer or changes it.</summary>
    /// <returns>Whether it is new.</returns>
    public async Task<bool> PutAsync(Peer peer, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            INSERT INTO peers (ae_title, host, port, settings) VALUES ($1, $2, $3, $4 - '{aeTitle,host,port}'::text[])
            ON CONFLICT (ae_title) DO UPDATE SET host = excluded.host, port = excluded.port, settings = excluded.settings, updated_at = now()
            RETURNING xmax = 0
            """);
        command.Parameters.Add(new() { Value = peer.AeTitle });
        command.Parameters.Add(new() { Value = peer.Host });
        command.Parameters.Add(new() { Value = peer.Port });
        command.Parameters.Add(new() { Value = AccessJson.Write(peer), NpgsqlDbType = NpgsqlDbType.Jsonb });
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <returns>Whether it was there. One of the configuration stays.</returns>
    public async Task<bool> RemoveAsync(string aeTitle, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("DELETE FROM peers WHERE ae_title = $1");
        command.Parameters.Add(new() { Value = aeTitle });
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    }
}
