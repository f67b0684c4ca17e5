using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Pacs.Worker.Engine;

/// <summary>Looks again and again whether there is something to do, as long as the process lives. What fails is told once, and tried again.</summary>
/// <param name="work">What it does, for the log: as a subject, "Routing".</param>
/// <param name="interval">From the end of one look to the next.</param>
/// <param name="time">Tells when.</param>
/// <param name="logger">Is told what fails.</param>
internal abstract class Watch(string work, TimeSpan interval, TimeProvider time, ILogger logger) : BackgroundService
{
    protected ILogger Logger => logger;

    /// <summary>Does what there is to do.</summary>
    protected abstract Task LookAsync(CancellationToken cancellation);

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
                if (!isTold) Logger.WorkWaits(work, e.Message);
                isTold = true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Out of here it would end the process.
                if (!isTold) Logger.WorkFails(e, work, interval);
                isTold = true;
            }
            await Task.Delay(interval, time, stoppingToken);
        }
    }
}
