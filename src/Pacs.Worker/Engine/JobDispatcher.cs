using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Quartz;

namespace Pacs.Worker.Engine;

/// <summary>
/// Takes jobs from the queue as this process has room for them, and gives them to Quartz: when one is announced or has ended,
/// and every second. Each turn renews the lease on the jobs in hand; the work on them ends before the lease does.
/// </summary>
internal sealed class JobDispatcher(
    JobQueue queue, RunningJobs running, ISchedulerFactory schedulers, PacsOptions options, TimeProvider time, ILogger<JobDispatcher> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How much earlier than others think: for clocks that run apart, and for what is cut off to be cut off.</summary>
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var scheduler = await schedulers.GetScheduler(stoppingToken);
        var isAway = false;
        var renewedAt = 0L;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (renewedAt == 0 || time.GetElapsedTime(renewedAt) >= Interval)
                {
                    await RenewAsync(stoppingToken);
                    renewedAt = time.GetTimestamp();
                }
                foreach (var run in await queue.TakeAsync(running.Worker, options.Jobs.Concurrency, running.Ids, stoppingToken))
                    await ScheduleAsync(scheduler, run, stoppingToken);
                isAway = false;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                if (!isAway) logger.DatabaseAway(e.Message);
                isAway = true;
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                // After a start that failed, what it works with may be gone before it.
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Out of here it would end the process.
                if (!isAway) logger.DispatchFails(e);
                isAway = true;
            }
            await running.WaitAsync(Interval, stoppingToken);
        }
    }

    private async Task RenewAsync(CancellationToken cancellation)
    {
        var asked = Stopwatch.GetTimestamp();
        foreach (var id in await queue.RenewAsync(running.Worker, running.Ids, cancellation)) running.Stop(id);
        running.Renewed(TimeSpan.FromSeconds(options.Jobs.LeaseSeconds) - LeaseMargin - Stopwatch.GetElapsedTime(asked));
        foreach (var id in await queue.ListClosedAsync(running.Jobs, cancellation)) running.Stop(id);
    }

    /// <summary>What Quartz does not take goes back with the next renewal.</summary>
    private async Task ScheduleAsync(IScheduler scheduler, JobRun run, CancellationToken cancellation)
    {
        running.Add(run);
        var name = $"{run.Job.Id}.{run.Number}";
        try
        {
            await scheduler.ScheduleJob(
                JobBuilder.Create<JobRunner>().WithIdentity(name, JobRunner.Group).UsingJobData(JobRunner.JobId, run.Job.Id).Build(),
                TriggerBuilder.Create().WithIdentity(name, JobRunner.Group).StartNow().Build(),
                cancellationToken: cancellation);
        }
        catch
        {
            running.Remove(run.Job.Id);
            throw;
        }
    }
}
