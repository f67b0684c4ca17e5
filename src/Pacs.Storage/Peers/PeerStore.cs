using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Access;
using Pacs.Storage.Gateway;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Peers;

/// <summary>The known peers: those kept by REST, in effect at once on every node, and those of the configuration, which the former override.</summary>
public sealed class PeerStore(NpgsqlDataSource database, PacsOptions options)
{
    private const string Resource = "peers";
    private const string Select = "SELECT ae_title, (settings || jsonb_build_object('aeTitle', ae_title, 'host', host, 'port', port))::text FROM peers";

    private int _revision;

    /// <summary>Counts the changes that this process made: what it remembers of peers for a while ends with the next.</summary>
    internal int Revision => Volatile.Read(ref _revision);

    /// <summary>Null when it is not known.</summary>
    /// <exception cref="UnreadableSettingsException">It cannot be read.</exception>
    public async Task<Peer?> FindAsync(string aeTitle, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"{Select} WHERE ae_title = $1");
        command.Parameters.Add(new() { Value = aeTitle });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return (await AccessJson.ReadAllAsync<Peer>(reader, Resource, unreadable: null, cancellation)).FirstOrDefault() ?? options.Peers.FirstOrDefault(p => p.AeTitle == aeTitle);
    }

    /// <summary>The peer that a job is for.</summary>
    /// <exception cref="JobRunException">It is not known any more.</exception>
    /// <exception cref="UnreadableSettingsException">It cannot be read.</exception>
    public async Task<Peer> OfJobAsync(string aeTitle, CancellationToken cancellation) => await FindAsync(aeTitle, cancellation)
        ?? throw new JobRunException($"There is no peer {aeTitle} any more: add it with PUT /api/v1/peers/{aeTitle}, or cancel the job.");

    /// <summary>All, by AE title.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="unreadable">Takes those that cannot be read; null to fail with the first.</param>
    /// <exception cref="UnreadableSettingsException">One cannot be read, and nothing takes it.</exception>
    public async Task<IReadOnlyList<Peer>> ListAsync(CancellationToken cancellation, ICollection<UnreadableSettingsException>? unreadable = null)
    {
        var peers = options.Peers.ToDictionary(p => p.AeTitle);
        await using var command = database.CreateCommand(Select);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        foreach (var peer in await AccessJson.ReadAllAsync<Peer>(reader, Resource, unreadable, cancellation)) peers[peer.AeTitle] = peer;
        return [.. peers.Values.OrderBy(p => p.AeTitle, StringComparer.Ordinal)];
    }

    /// <summary>AE titles of those that are to be told of something; what else is kept of them need not be readable.</summary>
    public async Task<IReadOnlyList<string>> ListToNotifyAsync(PeerNotification of, CancellationToken cancellation)
    {
        var titles = options.Peers.Where(p => p.Notifications.Contains(of)).Select(p => p.AeTitle).ToHashSet();
        await using var command = database.CreateCommand("SELECT ae_title, coalesce(settings -> 'notifications' ? $1, false) FROM peers");
        command.Parameters.Add(new() { Value = of.ToString() });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            if (reader.GetBoolean(1)) titles.Add(reader.GetString(0));
            else titles.Remove(reader.GetString(0));
        }
        return [.. titles];
    }

    /// <summary>Archives behind this one, by AE title. One that cannot be read is left out: nothing is uploaded to it, and nothing goes.</summary>
    public async Task<IReadOnlyList<Peer>> ListGatewaysAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"{Select} WHERE ae_title IN (SELECT peer FROM gateways) ORDER BY ae_title");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await AccessJson.ReadAllAsync<Peer>(reader, Resource, new List<UnreadableSettingsException>(), cancellation);
    }

    /// <summary>Adds the peer or changes it.</summary>
    /// <param name="peer">As it is to be.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="evenIfOnlyThere">Also to another server, or none, where objects have their only file: for a person who knows that it is the same archive, or gone.</param>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="OnlyCopiesException">Objects have their only file at its former server; nothing is changed.</exception>
    public async Task<bool> PutAsync(Peer peer, CancellationToken cancellation, bool evenIfOnlyThere = false)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (await LockAsync(connection, peer.AeTitle, cancellation) is { Url: { } former } && former != peer.Web?.Url)
            await Custody.EndAsync(connection, peer.AeTitle, evenIfOnlyThere, cancellation);
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO peers (ae_title, host, port, settings) VALUES ($1, $2, $3, $4 - '{aeTitle,host,port}'::text[])
            ON CONFLICT (ae_title) DO UPDATE SET host = excluded.host, port = excluded.port, settings = excluded.settings, updated_at = now()
            RETURNING xmax = 0
            """, connection);
        command.Parameters.Add(new() { Value = peer.AeTitle });
        command.Parameters.Add(new() { Value = peer.Host });
        command.Parameters.Add(new() { Value = peer.Port });
        command.Parameters.Add(new() { Value = AccessJson.Write(peer), NpgsqlDbType = NpgsqlDbType.Jsonb });
        var isNew = (bool)(await command.ExecuteScalarAsync(cancellation))!;
        await transaction.CommitAsync(cancellation);
        Interlocked.Increment(ref _revision);
        return isNew;
    }

    /// <summary>Forgets the peer, and what is known of its queue.</summary>
    /// <returns>Whether it was there. One of the configuration stays.</returns>
    /// <exception cref="OnlyCopiesException">Objects have their only file there, and nobody insists; it stays.</exception>
    public async Task<bool> RemoveAsync(string aeTitle, CancellationToken cancellation, bool evenIfOnlyThere = false)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (await LockAsync(connection, aeTitle, cancellation) is null) return false;
        await Custody.EndAsync(connection, aeTitle, evenIfOnlyThere, cancellation);
        await using var command = new NpgsqlCommand(
            """
            WITH peer AS (
                DELETE FROM peers WHERE ae_title = $1 RETURNING ae_title
            ), queue AS (
                DELETE FROM peer_queues q USING peer WHERE q.peer = peer.ae_title
            )
            DELETE FROM peer_verifications v USING peer WHERE v.peer = peer.ae_title
            """, connection);
        command.Parameters.Add(new() { Value = aeTitle });
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        Interlocked.Increment(ref _revision);
        return true;
    }

    /// <summary>Null when it is not there; else it stays as it is until the end of the transaction.</summary>
    private static async Task<Locked?> LockAsync(NpgsqlConnection connection, string aeTitle, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT settings -> 'web' ->> 'url' FROM peers WHERE ae_title = $1 FOR UPDATE", connection) { Parameters = { new() { Value = aeTitle } } };
        return await command.ExecuteScalarAsync(cancellation) switch { null => null, var url => new Locked(url as string) };
    }

    /// <param name="Url">Of its DICOMweb services; null when it has none.</param>
    private sealed record Locked(string? Url);
}
