using Microsoft.Extensions.Logging;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Gateway;

/// <summary>Looks once a second which files may go. By itself: an archive that is slow to say whether it is there holds up no upload.</summary>
internal sealed class GatewayRemovalWatch(GatewayRemoval removal, PeerStore peers, TimeProvider time, ILogger<GatewayRemovalWatch> logger) : Watch("The removal of files that archives have", TimeSpan.FromSeconds(1), time, logger)
{
    protected override async Task LookAsync(CancellationToken cancellation)
    {
        foreach (var peer in await peers.ListGatewaysAsync(cancellation))
            while (await removal.RunAsync(peer, cancellation) > 0) cancellation.ThrowIfCancellationRequested();
    }
}
