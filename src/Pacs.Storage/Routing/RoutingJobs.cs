using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Routing;

/// <summary>
/// Jobs as rules cause them. Objects of one rule, destination and study that come one by one go into one job, as long as
/// nobody has it in hand: what a busy or absent peer has not begun yet grows rather than multiplies.
/// </summary>
internal sealed class RoutingJobs(NpgsqlConnection connection, CancellationToken cancellation)
{
    private static readonly string Open = $"({(int)JobState.Queued}, {(int)JobState.Waiting}, {(int)JobState.Paused})";
    private static readonly string Unsent = $"({(int)JobState.Queued}, {(int)JobState.Running}, {(int)JobState.Waiting}, {(int)JobState.Paused})";

    /// <summary>Adds to a job that is like the request and was not begun, or makes one.</summary>
    /// <returns>The job's identifier.</returns>
    public async Task<long> AddAsync(JobRequest request, IReadOnlyList<JobItem> items) => await AppendAsync(request, items) ?? await MakeAsync(request, items);

    public async Task<long> MakeAsync(JobRequest request, IReadOnlyList<JobItem> items) =>
        (await JobService.InsertAsync(connection, request, items, cancellation)).Id;

    /// <summary>Whether such a job was ever made for the study, whatever became of it.</summary>
    public async Task<bool> ExistsAsync(JobRequest request)
    {
        await using var command = Command(
            "SELECT EXISTS (SELECT FROM jobs WHERE study_instance_uid = $1 AND kind = $2 AND peer IS NOT DISTINCT FROM $3 AND cause = $4)",
            Text(request.StudyInstanceUid), Text(request.Kind), Text(request.Peer), Text(request.Cause));
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    /// <summary>What the job has still to send is not added again: it sends what is stored by then.</summary>
    private async Task<long?> AppendAsync(JobRequest request, IReadOnlyList<JobItem> items)
    {
        await using var command = Command(
            $"""
            WITH job AS (
                SELECT id FROM jobs
                WHERE study_instance_uid = $1 AND kind = $2 AND peer = $3 AND cause = $4 AND parameters IS NOT DISTINCT FROM $5 AND priority = $6 AND alternates = $7
                  AND state IN {Open} AND worker IS NULL
                ORDER BY id DESC LIMIT 1 FOR UPDATE SKIP LOCKED
            ), added AS (
                INSERT INTO job_objects (job_id, number, sop_instance_uid, bytes)
                SELECT job.id, (SELECT coalesce(max(number), 0) FROM job_objects o WHERE o.job_id = job.id) + row_number() OVER (ORDER BY i.place), i.uid, i.bytes
                FROM job, unnest($8::text[], $9::bigint[]) WITH ORDINALITY AS i(uid, bytes, place)
                WHERE NOT EXISTS (SELECT FROM job_objects o WHERE o.job_id = job.id AND o.sop_instance_uid = i.uid AND o.state IN {Unsent})
                RETURNING bytes
            ), counted AS (
                UPDATE jobs SET objects_total = objects_total + (SELECT count(*) FROM added), bytes_total = bytes_total + (SELECT coalesce(sum(bytes), 0) FROM added)
                FROM job WHERE jobs.id = job.id
            )
            SELECT id FROM job
            """,
            Text(request.StudyInstanceUid), Text(request.Kind), Text(request.Peer), Text(request.Cause),
            JobRows.Parameter(NpgsqlDbType.Jsonb, request.Parameters?.GetRawText()), JobRows.Parameter(NpgsqlDbType.Smallint, (short)request.Priority),
            JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, request.Alternates.ToArray()),
            JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, items.Select(i => i.Uid).ToArray()),
            JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, items.Select(i => i.Bytes).ToArray()));
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Text(string? value) => JobRows.Parameter(NpgsqlDbType.Text, value);
}
