using Npgsql;

namespace Pacs.Storage.Gateway;

/// <summary>What hangs on the server that a peer names: files that are only there, and objects that are known to be there.</summary>
internal static class Custody
{
    /// <summary>Readies a peer for another server, or none. Within the transaction that makes it so.</summary>
    /// <param name="connection">In the transaction.</param>
    /// <param name="peer">AE title.</param>
    /// <param name="evenIfOnlyThere">For a person who knows.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="OnlyCopiesException">Objects have their only file there, and nobody insists.</exception>
    public static async Task EndAsync(NpgsqlConnection connection, string peer, bool evenIfOnlyThere, CancellationToken cancellation)
    {
        // Whoever gives up files in trust of it holds this row, and comes before or after all of this.
        await using (var hold = Command(connection, "SELECT FROM gateways WHERE peer = $1 FOR UPDATE", peer)) await hold.ExecuteNonQueryAsync(cancellation);
        if (!evenIfOnlyThere && await CountAsync(connection, peer, cancellation) is > 0 and var count) throw new OnlyCopiesException(peer, count);
        // What was seen at the former server says nothing of another: what is here still is uploaded to it anew.
        await using var forget = Command(
            connection,
            """
            UPDATE gateway_objects SET state = 0, replaces = true, job_id = NULL, attempts = 0, message = '', updated_at = now(), verified_at = NULL, look_again_at = NULL
            WHERE peer = $1 AND (state < 2 OR (state = 2 AND removed_at IS NULL))
            """, peer);
        await forget.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Objects whose file is neither here nor at another archive that can be reached.</summary>
    private static async Task<long> CountAsync(NpgsqlConnection connection, string peer, CancellationToken cancellation)
    {
        await using var command = Command(
            connection,
            """
            SELECT count(*) FROM gateway_objects o JOIN remote_blobs r ON r.blob_key = o.blob_key
            WHERE o.peer = $1 AND o.removed_at IS NOT NULL AND o.state = 2 AND NOT EXISTS (
                SELECT FROM gateway_objects g JOIN peers p ON p.ae_title = g.peer
                WHERE g.sop_instance_uid = o.sop_instance_uid AND g.blob_key = o.blob_key AND g.peer <> $1 AND g.state = 2 AND jsonb_typeof(p.settings -> 'web') = 'object')
            """, peer);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, string peer) => new(sql, connection) { Parameters = { new() { Value = peer } } };
}
