using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Storage.Jobs;
using Quartz;

namespace Pacs.Worker.Engine;

/// <summary>
/// Gives jobs that are due to Quartz: when the database announces one, and every second for those whose wait is over.
/// A job that Quartz has already is left alone, so that this may run on every node, and again at any time.
/// </summary>
internal sealed class JobDispatcher(JobStore jobs, ISchedulerFactory schedulers, TimeProvider time, ILogger<JobDispatcher> logger) : BackgroundService
{
    /// <summary>Jobs handed over at a time: enough for every thread of some workers, and a cheap question.</summary>
    private const int Window = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OutageDelay = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await jobs.ListenAsync(stoppingToken);
                isAway = false;
                await DispatchAsync(connection, stoppingToken);
            }
            catch (Exception e) when (e is DbException or TimeoutException or SchedulerException)
            {
                if (!isAway) logger.DatabaseAway(e.Message);
                isAway = true;
                await Task.Delay(OutageDelay, time, stoppingToken);
            }
        }
    }

    private async Task DispatchAsync(NpgsqlConnection announcements, CancellationToken cancellation)
    {
        var scheduler = await schedulers.GetScheduler(cancellation);
        while (true)
        {
            foreach (var id in await jobs.ListDueAsync(Window, cancellation)) await ScheduleAsync(scheduler, id, cancellation);
            await announcements.WaitAsync(Interval, cancellation);
        }
    }

    private static async Task ScheduleAsync(IScheduler scheduler, long id, CancellationToken cancellation)
    {
        var key = new JobKey($"{id}", JobRunner.Group);
        if (await scheduler.Exists(key, cancellation)) return;
        try
        {
            await scheduler.ScheduleJob(
                JobBuilder.Create<JobRunner>().WithIdentity(key).RequestRecovery().Build(),
                TriggerBuilder.Create().WithIdentity($"{id}", JobRunner.Group).StartNow().Build(),
                cancellationToken: cancellation);
        }
        catch (ObjectAlreadyExistsException)
        {
            // Another node was quicker.
            return;
        }
    }
}
