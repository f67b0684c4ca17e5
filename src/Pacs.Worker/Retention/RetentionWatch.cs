using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Retention;
using Pacs.Worker.Routing;

namespace Pacs.Worker.Retention;

/// <summary>Makes a job every ten minutes of the studies whose time is over. Runs on every node; the database lets one of them do it.</summary>
internal sealed class RetentionWatch(RetentionStore retention, TimeProvider time, ILogger<RetentionWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await retention.PlanAsync(stoppingToken);
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                logger.RetentionWaits(e.Message);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Out of here it would end the process.
                logger.RetentionFails(e);
            }
            await Task.Delay(Interval, time, stoppingToken);
        }
    }
}
