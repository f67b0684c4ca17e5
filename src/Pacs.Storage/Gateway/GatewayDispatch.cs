using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;
using static Pacs.Storage.Jobs.JobRows;

namespace Pacs.Storage.Gateway;

/// <summary>Makes upload jobs of what was noted for gateways: one for each study, of what has come of it by now.</summary>
public sealed class GatewayDispatch(NpgsqlDataSource database)
{
    /// <summary>The kind of job that uploads.</summary>
    public const string Kind = "upload";

    /// <summary>Objects taken at a time.</summary>
    private const int Batch = 1000;

    /// <summary>So long objects are gathered, so that a study does not make a job a second.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromSeconds(2);

    /// <summary>Takes all that is there; safe on every node at once.</summary>
    /// <returns>Jobs made.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await ReleaseAsync(connection, cancellation);
        var jobs = 0;
        foreach (var peer in await ListDueAsync(connection, cancellation))
        {
            while (true)
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellation);
                var taken = await TakeAsync(connection, peer, cancellation);
                foreach (var study in taken.GroupBy(t => t.Study))
                {
                    var job = await JobService.InsertAsync(connection, new JobRequest(Kind) { Peer = peer, StudyInstanceUid = study.Key, Cause = "gateway" },
                        [.. study.Select(t => new JobItem(t.Uid, t.Bytes))], cancellation);
                    await AssignAsync(connection, peer, [.. study.Select(t => t.Uid)], job.Id, cancellation);
                    jobs++;
                }
                await transaction.CommitAsync(cancellation);
                if (taken.Count < Batch) break;
            }
        }
        return jobs;
    }

    /// <summary>What a job left behind that has ended: that is for a person to decide.</summary>
    private static async Task ReleaseAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            WITH ended AS (
                SELECT g.id FROM gateway_objects g LEFT JOIN jobs j ON j.id = g.job_id
                WHERE g.job_id IS NOT NULL AND g.state < 2 AND (j.id IS NULL OR j.state IN (3, 4, 5, 6)) FOR UPDATE OF g SKIP LOCKED
            )
            UPDATE gateway_objects g SET state = 3, message = CASE WHEN g.message = '' THEN 'Its upload was cancelled.' ELSE g.message END, updated_at = now() FROM ended WHERE g.id = ended.id
            """, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<List<string>> ListDueAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT g.peer FROM gateways g WHERE EXISTS (
                SELECT FROM gateway_objects o WHERE o.peer = g.peer AND o.state = 0 AND o.job_id IS NULL AND o.received_at <= now() - $1)
            ORDER BY g.peer
            """, connection);
        command.Parameters.Add(Parameter(NpgsqlDbType.Interval, Gathering));
        return await ReadAllAsync(command, row => row.GetString(0), cancellation);
    }

    private static async Task<List<(string Uid, string Study, long Bytes)>> TakeAsync(NpgsqlConnection connection, string peer, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT sop_instance_uid, study_instance_uid, blob_length FROM gateway_objects WHERE peer = $1 AND state = 0 AND job_id IS NULL
            ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED
            """, connection);
        command.Parameters.Add(Parameter(NpgsqlDbType.Text, peer));
        command.Parameters.Add(Parameter(NpgsqlDbType.Integer, Batch));
        return await ReadAllAsync(command, row => (row.GetString(0), row.GetString(1), row.GetInt64(2)), cancellation);
    }

    private static async Task AssignAsync(NpgsqlConnection connection, string peer, string[] uids, long job, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("UPDATE gateway_objects SET job_id = $3, updated_at = now() WHERE peer = $1 AND sop_instance_uid = ANY ($2)", connection);
        command.Parameters.Add(Parameter(NpgsqlDbType.Text, peer));
        command.Parameters.Add(Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, uids));
        command.Parameters.Add(Parameter(NpgsqlDbType.Bigint, job));
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
