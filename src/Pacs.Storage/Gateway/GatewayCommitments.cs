using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Gateway;

/// <summary>Has archives commit to objects whose files may only go from here then, by jobs of kind commit.</summary>
public sealed class GatewayCommitments(NpgsqlDataSource database)
{
    /// <summary>
    /// The archive has committed to the object <c>g</c> of gateway_objects since it was verified there: a promise from before may
    /// be that of another server.
    /// </summary>
    internal const string IsPromised =
        """
        EXISTS (SELECT FROM remote_commitments p WHERE p.peer = g.peer AND p.sop_instance_uid = g.sop_instance_uid AND p.blob_key = g.blob_key AND p.requested_at >= g.verified_at)
        """;

    private const string Cause = "gateway";

    /// <summary>Objects of one job.</summary>
    private const int Batch = 5000;

    /// <summary>From one job to the next: what comes to its time one by one is asked for together.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMinutes(1);

    /// <summary>After a job that had not all of its objects committed.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    /// <summary>Makes a job of what is due; any node may.</summary>
    /// <returns>For how many objects it asks; 0 when none is due, or a job was made or has failed just now.</returns>
    public async Task<int> RunAsync(Peer peer, CancellationToken cancellation)
    {
        if (peer.Gateway is not { KeepMinutes: { } minutes } gateway) return 0;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        if (!await IsTimeAsync(connection, peer.AeTitle, cancellation)) return 0;
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var due = await ListDueAsync(connection, peer.AeTitle, minutes, gateway.Commitment, cancellation);
        if (due.Count == 0) return 0;
        var job = await JobService.InsertAsync(connection, new JobRequest("commit") { Peer = peer.AeTitle, Cause = Cause }, [.. due.Select(uid => new JobItem(uid))], cancellation);
        // What was asked for last comes last the next time: what is refused again and again holds up nothing else.
        await using var asked = new NpgsqlCommand("UPDATE gateway_objects SET job_id = $3 WHERE peer = $1 AND sop_instance_uid = ANY ($2)", connection);
        asked.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, peer.AeTitle));
        asked.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, due.ToArray()));
        asked.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, job.Id));
        await asked.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return due.Count;
    }

    private static async Task<bool> IsTimeAsync(NpgsqlConnection connection, string peer, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT NOT EXISTS (SELECT FROM jobs WHERE peer = $1 AND kind = 'commit' AND cause = $2 AND (created_at > now() - $3 OR (state IN (4, 5) AND finished_at > now() - $4)))
            """, connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, peer));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, Cause));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, Gathering));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, Pause));
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static async Task<List<string>> ListDueAsync(NpgsqlConnection connection, string peer, int minutes, bool always, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT g.sop_instance_uid FROM gateway_objects g
            WHERE g.peer = $1 AND g.state = 2 AND g.removed_at IS NULL AND g.verified_at <= now() - make_interval(mins => $2)
                AND ($3 OR EXISTS (SELECT FROM committed_instances c WHERE c.sop_instance_uid = g.sop_instance_uid)) AND NOT {IsPromised}
                AND NOT EXISTS (SELECT FROM jobs j WHERE j.id = g.job_id AND j.kind = 'commit' AND j.state IN (0, 1, 2, 7))
            ORDER BY g.job_id NULLS FIRST, g.id LIMIT $4 FOR UPDATE OF g SKIP LOCKED
            """, connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, peer));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, minutes));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Boolean, always));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, Batch));
        return await JobRows.ReadAllAsync(command, row => row.GetString(0), cancellation);
    }
}
