using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pacs.Dicom;
using Pacs.Storage.Hosting;
using Pacs.Storage.Access;
using Pacs.Storage.Jobs;
using Quartz;

namespace Pacs.Worker.Engine;

/// <summary>
/// What Quartz executes for a job: one run of it. Quartz sees to it that one node runs it, and runs it again on another
/// when that node dies; what the run did is in the job's own rows.
/// </summary>
[DisallowConcurrentExecution]
internal sealed class JobRunner(
    JobStore jobs, IEnumerable<IJobKind> kinds, PacsOptions options, WorkerMetrics metrics, ILogger<JobRunner> logger) : IJob
{
    public const string Group = "pacs";

    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (await jobs.BeginAsync(long.Parse(context.JobDetail.Key.Name), cancellationToken) is not { } run) return;
        logger.Started(run.Job.Id, run.Job.Kind, run.Job.Peer ?? "", run.Job.ObjectsTotal - run.Job.ObjectsDone);
        var started = Stopwatch.GetTimestamp();
        var trouble = await TryRunAsync(run, cancellationToken);

        // The end is written even when the host is stopping: a worker elsewhere then goes on at once.
        using var end = new CancellationTokenSource(EndTimeout);
        var state = cancellationToken.IsCancellationRequested ? await GiveBackAsync(run, end.Token) : await EndAsync(run, trouble, end.Token);
        metrics.Ran(run.Job.Kind, state, run.Done, Stopwatch.GetElapsedTime(started));
    }

    /// <returns>What ended the run before its time; null when nothing did.</returns>
    private async Task<string?> TryRunAsync(JobRun run, CancellationToken cancellation)
    {
        try
        {
            if (KindOf(run) is not { } kind) return $"This version knows no jobs of kind {run.Job.Kind}.";
            await kind.RunAsync(run, cancellation);
            return null;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return "The worker stopped.";
        }
        catch (Exception e) when (e is DicomException or JobRunException or UnreadableSettingsException)
        {
            return e.Message;
        }
        catch (Exception e)
        {
            logger.Broke(e, run.Job.Id);
            return $"The run broke off ({e.GetType().Name}); the log tells more.";
        }
    }

    private IJobKind? KindOf(JobRun run) => kinds.FirstOrDefault(k => k.Name == run.Job.Kind);

    private async Task<JobState> GiveBackAsync(JobRun run, CancellationToken cancellation)
    {
        await jobs.PostponeAsync(run, run.Job.Attempts, TimeSpan.Zero, "", cancellation);
        return JobState.Queued;
    }

    private async Task<JobState> EndAsync(JobRun run, string? trouble, CancellationToken cancellation)
    {
        var (failed, open, first) = await jobs.SummariseAsync(run, cancellation);
        if (trouble is null && open == 0)
        {
            var state = failed == 0 ? JobState.Done : JobState.Failed;
            return await FinishAsync(run, state, failed == 0 ? "" : Failure(run, failed, first), cancellation);
        }
        // Progress shows that the peer is there: only failures in a row count.
        var attempts = run.Done > 0 ? 1 : run.Job.Attempts + 1;
        var message = trouble ?? first;
        if (attempts >= options.Jobs.MaxAttempts && KindOf(run) is not { GivesUp: false }) return await FinishAsync(run, JobState.Failed, Failure(run, failed + open, message), cancellation);

        var delay = Backoff.Delay(attempts, options.Jobs);
        logger.Postponed(run.Job.Id, delay, attempts, message);
        await jobs.PostponeAsync(run, attempts, delay, message, cancellation);
        return JobState.Waiting;
    }

    private async Task<JobState> FinishAsync(JobRun run, JobState state, string message, CancellationToken cancellation)
    {
        if (!await jobs.FinishAsync(run, state, message, cancellation)) return JobState.Cancelled;
        if (state == JobState.Done) logger.Done(run.Job.Id, run.Job.ObjectsTotal);
        else logger.Failed(run.Job.Id, message);
        return state;
    }

    private static string Failure(JobRun run, int failed, string first) => $"{failed} of {run.Job.ObjectsTotal} objects failed. First: {first}";
}
