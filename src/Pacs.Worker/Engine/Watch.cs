using System.Data.Common;
using Microsoft.Extensions.Hosting;

namespace Pacs.Worker.Engine;

/// <summary>Looks again and again whether there is something to do, as long as the process lives. What fails is told once, and tried again.</summary>
internal abstract class Watch(TimeSpan interval, TimeProvider time) : BackgroundService
{
    /// <summary>Does what there is to do.</summary>
    protected abstract Task LookAsync(CancellationToken cancellation);

    /// <summary>The database is away: tells what waits for it.</summary>
    protected abstract void OnAway(string reason);

    /// <summary>It failed otherwise: tells what is not done meanwhile.</summary>
    protected abstract void OnFailed(Exception error);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isTold = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                isTold = false;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                if (!isTold) OnAway(e.Message);
                isTold = true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Out of here it would end the process.
                if (!isTold) OnFailed(e);
                isTold = true;
            }
            await Task.Delay(interval, time, stoppingToken);
        }
    }
}
