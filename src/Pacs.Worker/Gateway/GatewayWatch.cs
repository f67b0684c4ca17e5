using Microsoft.Extensions.Logging;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Gateway;

/// <summary>Looks once a second what is to be uploaded, and what archives are to commit to. Runs on every node; the database gives each object to one of them.</summary>
internal sealed class GatewayWatch(GatewayDispatch dispatch, GatewayCommitments commitments, PeerStore peers, TimeProvider time, ILogger<GatewayWatch> logger) : Watch("The gateway", TimeSpan.FromSeconds(1), time, logger)
{
    protected override async Task LookAsync(CancellationToken cancellation)
    {
        await dispatch.RunAsync(cancellation);
        foreach (var peer in await peers.ListGatewaysAsync(cancellation)) await commitments.RunAsync(peer, cancellation);
    }
}
