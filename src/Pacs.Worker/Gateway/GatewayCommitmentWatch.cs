using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Gateway;

/// <summary>Has archives commit to objects whose files may only go then. By itself: an archive that is slow to promise holds up nothing else.</summary>
internal sealed class GatewayCommitmentWatch(GatewayCommitments commitments, PeerStore peers, TimeProvider time, ILogger<GatewayCommitmentWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var peer in await peers.ListGatewaysAsync(stoppingToken))
                    while (await commitments.RunAsync(peer, stoppingToken) > 0) stoppingToken.ThrowIfCancellationRequested();
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
