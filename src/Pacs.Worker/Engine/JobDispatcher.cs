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
    JobQueue queue, RunningJobs running, IEnumerable<IJobKind> kinds, ISchedulerFactory schedulers, PacsOptions options, TimeProvider time, ILogger<JobDispatcher> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TidyInterval = TimeSpan.FromMinutes(1);

    /// <summary>How much earlier than others think: for clocks that run apart, and for what is cut off to be cut off.</summary>
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromSeconds(2);

    private readonly string[] _patient = [.. kinds.Where(k => !k.GivesUp).Select(k => k.Name)];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var scheduler = await schedulers.GetScheduler(stoppingToken);
        var isAway = false;
        var tidiedAt = 0L;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RenewAsync(stoppingToken);
                foreach (var run in await queue.TakeAsync(running.Worker, options.Jobs.Concurrency, options.Jobs.Concurrency - running.Count, stoppingToken))
                {
                    running.Add(run);
                    await ScheduleAsync(scheduler, run.Job.Id, stoppingToken);
                }
                if (tidiedAt == 0 || time.GetElapsedTime(tidiedAt) > TidyInterval)
                {
                    tidiedAt = time.GetTimestamp();
                    var (failed, pruned) = await queue.TidyAsync(_patient, stoppingToken);
                    if (failed + pruned > 0) logger.Tidied(failed, pruned);
                }
                isAway = false;
            }
            catch (Exception e) when (e is DbException or TimeoutException or SchedulerException)
            {
                if (!isAway) logger.DatabaseAway(e.Message);
                isAway = true;
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

    private static async Task ScheduleAsync(IScheduler scheduler, long id, CancellationToken cancellation) =>
        await scheduler.ScheduleJob(
            JobBuilder.Create<JobRunner>().WithIdentity($"{id}", JobRunner.Group).Build(),
            TriggerBuilder.Create().WithIdentity($"{id}", JobRunner.Group).StartNow().Build(),
            cancellationToken: cancellation);
}
