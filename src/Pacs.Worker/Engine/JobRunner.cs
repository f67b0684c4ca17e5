using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pacs.Dicom;
using Pacs.Storage.Access;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Remote;
using Quartz;

namespace Pacs.Worker.Engine;

/// <summary>What Quartz executes for a job: the run that this process has taken. What it did is in the job's own rows.</summary>
internal sealed class JobRunner(
    JobStore jobs, PeerQueueStore queues, RunningJobs running, IEnumerable<IJobKind> kinds, PacsOptions options, WorkerMetrics metrics, ILogger<JobRunner> logger) : IJob
{
    public const string Group = "pacs";

    /// <summary>Key of the job's identifier in what Quartz hands on.</summary>
    public const string JobId = "job";

    private const string StoppedAtFailure = "the peer wants jobs to end with the first failure";

    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OutageDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromDays(1);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var id = context.JobDetail.JobDataMap.GetLong(JobId);
        if (running.Find(id) is not { } run) return;
        try
        {
            await ExecuteAsync(run, cancellationToken);
        }
        catch (Exception e) when (e is DbException or TimeoutException or OperationCanceledException)
        {
            // The dispatcher gives the job back as soon as the database is there.
            logger.EndUnwritten(id, e.Message);
        }
        finally
        {
            running.Remove(id);
            run.Dispose();
        }
    }

    private async Task ExecuteAsync(JobRun run, CancellationToken stopping)
    {
        logger.Started(run.Job.Id, run.Job.Kind, run.Job.Peer ?? "", run.Job.ObjectsTotal - run.Job.ObjectsDone);
        var started = Stopwatch.GetTimestamp();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, running.Lease);
        var trouble = await TryRunAsync(run, ending.Token);

        var isBrokenOff = ending.IsCancellationRequested;
        var state = await EndInTimeAsync(run, isBrokenOff ? null : trouble, isBrokenOff);
        metrics.Ran(run.Job.Kind, state ?? JobState.Queued, run.Done, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>
    /// Written even when the host is stopping: a worker elsewhere then goes on at once. A database that is away meanwhile is
    /// waited for as long as the lease holds, so that what was done is not done again.
    /// </summary>
    private async Task<JobState?> EndInTimeAsync(JobRun run, Exception? trouble, bool isBrokenOff)
    {
        while (true)
        {
            using var end = new CancellationTokenSource(EndTimeout);
            try
            {
                await run.FlushAsync(end.Token);
                return isBrokenOff ? await jobs.PostponeAsync(run, run.Job.Attempts, TimeSpan.Zero, "", end.Token) : await EndAsync(run, trouble, end.Token);
            }
            catch (Exception e) when ((e is DbException or TimeoutException) && !isBrokenOff && !running.Lease.IsCancellationRequested)
            {
                await Task.Delay(OutageDelay, CancellationToken.None);
            }
        }
    }

    /// <returns>What ended the run before its time; null when nothing did.</returns>
    private async Task<Exception?> TryRunAsync(JobRun run, CancellationToken cancellation)
    {
        try
        {
            if (KindOf(run) is not { } kind) return new JobRunException($"This version knows no jobs of kind {run.Job.Kind}.");
            await kind.RunAsync(run, cancellation);
            return null;
        }
        catch (Exception e)
        {
            return Meaning(e);
        }
    }

    /// <summary>What of the peer failed is said by each protocol in its own way: here it becomes what the queue, or the job, waits for.</summary>
    private static Exception Meaning(Exception trouble) => trouble switch
    {
        DicomWebException { Failure: DicomWebFailure.Away } e => new PeerAwayException(e.Message) { RetryAfter = e.RetryAfter },
        DicomWebException e => new JobRunException(e.Message) { IsLasting = e.Failure == DicomWebFailure.Refused, RetryAfter = e.RetryAfter },
        RemoteArchiveException { InnerException: DicomWebException e } => Meaning(e),
        RemoteArchiveException { IsPeerAway: true } e => new PeerAwayException(e.Message),
        // Who was turned away at the door may be let in later: so it is for every kind of job.
        RemoteArchiveException e => new JobRunException(e.Message) { IsLasting = e is { Fault: RemoteFault.Refused, InnerException: null } },
        _ => trouble,
    };

    private IJobKind? KindOf(JobRun run) => kinds.FirstOrDefault(k => k.Name == run.Job.Kind);

    private async Task<JobState?> EndAsync(JobRun run, Exception? trouble, CancellationToken cancellation)
    {
        if (run is { StopsAtFirstFailure: true, Failed: > 0 })
        {
            var (total, failed, left, _, first) = await jobs.SummariseAsync(run, cancellation);
            return await FinishAsync(run, JobState.Failed, JobState.Cancelled, $"{failed} of {total} objects failed, {left} were not tried: {StoppedAtFailure}. First: {first}", cancellation);
        }
        // Cancelled, paused, or outside the peer's hours: the job's row says which, and has the last word.
        if (run.Stop.IsCancellationRequested) return await jobs.PostponeAsync(run, run.Job.Attempts, TimeSpan.Zero, "", cancellation);
        // That the database was away says nothing of the job, nor of its peer.
        if (trouble is DbException { IsTransient: true } or DbException { SqlState: ['5', '7', 'P', ..] })
        {
            logger.DatabaseAway(trouble.Message);
            return await jobs.PostponeAsync(run, run.Job.Attempts, Backoff.Delay(1, options.Jobs), "The database was away.", cancellation);
        }
        if (run.Job.Peer is { } peer)
        {
            if (trouble is PeerAwayException away)
            {
                logger.PeerAway(run.Job.Id, peer, trouble.Message);
                await queues.AwayAsync(peer, away.Message, away.RetryAfter, cancellation);
                return await jobs.PostponeAsync(run, run.Job.Attempts, TimeSpan.Zero, trouble.Message, cancellation);
            }
            await queues.AnsweredAsync(peer, cancellation);
        }
        return await EndTriedAsync(run, trouble, cancellation);
    }

    private async Task<JobState?> EndTriedAsync(JobRun run, Exception? trouble, CancellationToken cancellation)
    {
        var (total, failed, open, warned, first) = await jobs.SummariseAsync(run, cancellation);
        if (trouble is null && open == 0)
        {
            var (state, end) = failed > 0 ? (JobState.Failed, Failure(total, failed, first))
                : warned > 0 ? (JobState.Warning, $"{warned} of {total} objects came with a warning. First: {first}")
                : (JobState.Done, "");
            return await FinishAsync(run, state, JobState.Failed, end, cancellation);
        }
        // Progress shows that the peer is there: only failures in a row count.
        var attempts = run.Done > 0 ? 1 : run.Job.Attempts + 1;
        var message = trouble is null ? first : MessageOf(run, trouble);
        if (trouble is JobRunException { IsLasting: true } || (attempts >= options.Jobs.MaxAttempts && KindOf(run) is not { GivesUp: false })) return await FinishAsync(run, JobState.Failed, JobState.Failed, Failure(total, failed + open, message), cancellation);

        var delay = Backoff.Delay(attempts, options.Jobs);
        if (trouble is JobRunException { RetryAfter: { } asked } && asked > delay) delay = asked < MaxRetryAfter ? asked : MaxRetryAfter;
        logger.Postponed(run.Job.Id, delay, attempts, message);
        return await jobs.PostponeAsync(run, attempts, delay, message, cancellation);
    }

    private async Task<JobState?> FinishAsync(JobRun run, JobState state, JobState left, string message, CancellationToken cancellation)
    {
        // What follows from the objects that succeeded does so too where others failed.
        if (KindOf(run) is { } kind) await kind.EndingAsync(run.Job, cancellation);
        var now = await jobs.FinishAsync(run, state, left, message, cancellation);
        if (now == state && state == JobState.Failed) logger.Failed(run.Job.Id, message);
        else if (now == state) logger.Done(run.Job.Id, run.Job.ObjectsTotal);
        return now;
    }

    private string MessageOf(JobRun run, Exception trouble)
    {
        if (trouble is DicomException or JobRunException or UnreadableSettingsException or PeerAwayException) return trouble.Message;
        logger.Broke(trouble, run.Job.Id);
        return $"The run broke off ({trouble.GetType().Name}); the log tells more.";
    }

    private static string Failure(int total, int failed, string first) => total == 0 ? first : $"{failed} of {total} objects failed. First: {first}";
}
