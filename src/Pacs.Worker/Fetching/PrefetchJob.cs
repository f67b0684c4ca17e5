using Npgsql;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Remote;
using Pacs.Storage.Retrieval;

namespace Pacs.Worker.Fetching;

/// <summary>
/// Has the earlier studies of a patient fetched from another archive: each is an object of this job, and done when there is a job of
/// kind <c>fetch</c> for it. What is here already that one finds out; what is being fetched already is not fetched twice.
/// </summary>
internal sealed class PrefetchJob(PeerStore peers, RemoteArchives archives, PriorStudies priors, NpgsqlDataSource database) : IJobKind
{
    public string Name => "prefetch";

    public bool NeedsPeer => true;

    /// <summary>Nothing yet: what there is the other archive tells, when the job runs.</summary>
    public Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation)
    {
        _ = PrefetchParameters.Of(request);
        return Task.FromResult<IReadOnlyList<JobItem>>([]);
    }

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        var peer = await peers.OfJobAsync(run.Job.Peer!, cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Stop, cancellation);
        if (run.Job.ObjectsTotal == 0)
        {
            var found = await priors.FindAsync(archives.Of(peer), run.Job.StudyInstanceUid, PrefetchParameters.Of(run.Job), stop.Token);
            await run.AddAsync([.. found.Select(uid => new JobItem(uid))], stop.Token);
        }
        while (await run.ClaimAsync(cancellation) is { Count: > 0 } studies)
        {
            foreach (var study in studies)
            {
                await FetchAsync(run.Job, study.SopInstanceUid, cancellation);
                run.Report(new JobObjectResult(study.Number, JobState.Done));
            }
        }
    }

    private async Task FetchAsync(Job job, string study, CancellationToken cancellation)
    {
        var cause = $"prefetch {job.Id}";
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Two that want the same study wait for each other: the second sees what the first did.
        await using var turn = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended('fetch ' || $1 || ' ' || $2, 0))", connection);
        foreach (var value in new[] { job.Peer!, study }) turn.Parameters.Add(new() { Value = value });
        await turn.ExecuteNonQueryAsync(cancellation);
        await using var isThere = new NpgsqlCommand(
            """
            SELECT EXISTS (SELECT FROM jobs
                WHERE kind = 'fetch' AND peer = $1 AND study_instance_uid = $2 AND series_instance_uid IS NULL AND sop_instance_uid IS NULL AND (state IN (0, 1, 2, 7) OR cause = $3))
            """,
            connection);
        foreach (var value in new[] { job.Peer!, study, cause }) isThere.Parameters.Add(new() { Value = value });
        if (await isThere.ExecuteScalarAsync(cancellation) is not true)
            await JobService.InsertAsync(connection, new JobRequest(FetchJob.KindName) { Peer = job.Peer, StudyInstanceUid = study, Priority = job.Priority, Cause = cause }, [], cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
