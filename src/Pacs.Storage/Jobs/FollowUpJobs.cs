using Npgsql;
using NpgsqlTypes;

namespace Pacs.Storage.Jobs;

/// <summary>Jobs that follow from what others did.</summary>
public sealed class FollowUpJobs(NpgsqlDataSource database)
{
    /// <summary>
    /// Makes a job for the objects of an ending one that are in one of the states – for each of its peers that took some –, but
    /// for those that such a job was made for before: it may be called again. Nothing when there are none.
    /// </summary>
    /// <param name="job">Every object of which has its end.</param>
    /// <param name="request">What is to be done; study, peer and priority are those of the job.</param>
    /// <param name="states">Of which objects.</param>
    /// <param name="status">Only those with this answer of the peer; null for any.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task CreateAsync(Job job, JobRequest request, IReadOnlyList<JobState> states, int? status, CancellationToken cancellation)
    {
        request = request with
        {
            StudyInstanceUid = job.StudyInstanceUid,
            SeriesInstanceUid = job.SeriesInstanceUid,
            SopInstanceUid = job.SopInstanceUid,
            Priority = job.Priority,
            Cause = $"job {job.Id}",
        };
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var turn = new NpgsqlCommand("SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE", connection);
        turn.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, job.Id));
        await turn.ExecuteScalarAsync(cancellation);

        await using var command = new NpgsqlCommand(
            """
            SELECT coalesce(o.peer, $6), o.sop_instance_uid, o.bytes FROM job_objects o
            WHERE o.job_id = $1 AND o.state = ANY ($2) AND ($3::int IS NULL OR o.status = $3)
              AND NOT EXISTS (SELECT FROM jobs f JOIN job_objects i ON i.job_id = f.id WHERE f.kind = $4 AND f.cause = $5 AND i.sop_instance_uid = o.sop_instance_uid)
            ORDER BY o.number
            """,
            connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, job.Id));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Smallint, states.Select(s => (short)s).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, status));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.Kind));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, request.Cause));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, job.Peer));
        var items = await JobRows.ReadAllAsync(command, r => (Peer: r.IsDBNull(0) ? null : r.GetString(0), Item: new JobItem(r.GetString(1), r.GetInt64(2))), cancellation);
        foreach (var taken in items.GroupBy(i => i.Peer, i => i.Item))
            await JobService.InsertAsync(connection, request with { Peer = taken.Key }, [.. taken], cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
