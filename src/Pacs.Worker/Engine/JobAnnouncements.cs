using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Jobs;

namespace Pacs.Worker.Engine;

/// <summary>Hears from the database of new work, and of jobs that are to stop. What it misses the dispatcher finds within a second.</summary>
internal sealed class JobAnnouncements(JobStore jobs, RunningJobs running, TimeProvider time, ILogger<JobAnnouncements> logger) : BackgroundService
{
    private static readonly TimeSpan OutageDelay = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await jobs.ListenAsync(stoppingToken);
                connection.Notification += (_, announced) => Hear(announced.Payload);
                isAway = false;
                running.Wake();
                while (true) await connection.WaitAsync(stoppingToken);
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                if (!isAway) logger.DatabaseAway(e.Message);
                isAway = true;
                await Task.Delay(OutageDelay, time, stoppingToken);
            }
        }
    }

    private void Hear(string payload)
    {
        if (long.TryParse(payload, out var job)) running.Stop(job);
        else running.Wake();
    }
}
