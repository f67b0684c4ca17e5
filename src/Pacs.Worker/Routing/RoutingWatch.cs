using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Routing;

namespace Pacs.Worker.Routing;

/// <summary>Turns once a second what routing rules took into jobs. Runs on every node; the database lets one of them do it.</summary>
internal sealed class RoutingWatch(RoutingDispatch routing, TimeProvider time, ILogger<RoutingWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await routing.RunAsync(stoppingToken);
                isAway = false;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                if (!isAway) logger.RoutingWaits(e.Message);
                isAway = true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Out of here it would end the process.
                if (!isAway) logger.RoutingFails(e);
                isAway = true;
            }
            await Task.Delay(Interval, time, stoppingToken);
        }
    }
}
