using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Webhooks;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Webhooks;

/// <summary>Looks once a second what webhooks are to be told. Runs on every node; the database lets one of them make each delivery.</summary>
internal sealed class WebhookWatch(WebhookDispatch dispatch, TimeProvider time, ILogger<WebhookWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await dispatch.RunAsync(stoppingToken);
                isAway = false;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                if (!isAway) logger.WebhooksWait(e.Message);
                isAway = true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Out of here it would end the process.
                if (!isAway) logger.WebhooksFail(e);
                isAway = true;
            }
            await Task.Delay(Interval, time, stoppingToken);
        }
    }
}
