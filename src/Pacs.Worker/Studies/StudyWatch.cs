using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Hosting;
using Pacs.Storage.Studies;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Studies;

/// <summary>Looks once a second which studies have become complete. Runs on every node; the database lets one of them do it.</summary>
internal sealed class StudyWatch(StudyCompletion studies, PacsOptions options, TimeProvider time, ILogger<StudyWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await studies.EvaluateAsync(TimeSpan.FromSeconds(options.Studies.QuietSeconds), stoppingToken);
                isAway = false;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                if (!isAway) logger.StudiesWait(e.Message);
                isAway = true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Out of here it would end the process.
                if (!isAway) logger.StudiesFail(e);
                isAway = true;
            }
            await Task.Delay(Interval, time, stoppingToken);
        }
    }
}
