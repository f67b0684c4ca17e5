using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Changes;
using Pacs.Storage.Hosting;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Changes;

/// <summary>Prunes the change feed once an hour. Runs on every node: what one has removed is nothing to the others.</summary>
internal sealed class ChangeWatch(ChangeRetention retention, PacsOptions options, TimeProvider time, ILogger<ChangeWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await retention.PruneAsync(TimeSpan.FromDays(options.Changes.KeepDays), stoppingToken) is > 0 and var count) logger.ChangesPruned(count);
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                logger.ChangesStay(e.Message);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Out of here it would end the process.
                logger.ChangesFail(e);
            }
            await Task.Delay(Interval, time, stoppingToken);
        }
    }
}
