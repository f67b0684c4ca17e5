using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Settings;

/// <summary>Looks every few seconds whether another node changed settings.</summary>
internal sealed class SettingsWatch(SettingsService settings, TimeProvider time, ILogger<SettingsWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, stoppingToken);
            try
            {
                await settings.ReloadAsync(stoppingToken);
            }
            catch (Exception e) when (e is DbException or TimeoutException or IOException or UnauthorizedAccessException)
            {
                logger.NotRead(e.Message);
            }
        }
    }
}
