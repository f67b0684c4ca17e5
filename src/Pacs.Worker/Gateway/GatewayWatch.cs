using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Gateway;

/// <summary>Looks once a second what is to be uploaded, and which files may go. Runs on every node; the database gives each object to one of them.</summary>
internal sealed class GatewayWatch(GatewayDispatch dispatch, GatewayRemoval removal, PeerStore peers, TimeProvider time, ILogger<GatewayWatch> logger) : BackgroundService
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
                foreach (var peer in await peers.ListGatewaysAsync(stoppingToken))
                    while (await removal.RunAsync(peer, stoppingToken) > 0) stoppingToken.ThrowIfCancellationRequested();
                isAway = false;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                if (!isAway) logger.GatewaysWait(e.Message);
                isAway = true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Out of here it would end the process.
                if (!isAway) logger.GatewaysFail(e);
                isAway = true;
            }
            await Task.Delay(Interval, time, stoppingToken);
        }
    }
}
