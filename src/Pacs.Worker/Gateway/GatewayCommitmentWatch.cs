using Microsoft.Extensions.Logging;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Gateway;

/// <summary>Has archives commit to objects whose files may only go then. By itself: an archive that is slow to promise holds up nothing else.</summary>
internal sealed class GatewayCommitmentWatch(GatewayCommitments commitments, PeerStore peers, TimeProvider time, ILogger<GatewayCommitmentWatch> logger) : Watch("Commitment by archives", TimeSpan.FromSeconds(2), time, logger)
{
    protected override async Task LookAsync(CancellationToken cancellation)
    {
        foreach (var peer in await peers.ListGatewaysAsync(cancellation))
            while (await commitments.RunAsync(peer, cancellation) > 0) cancellation.ThrowIfCancellationRequested();
    }
}
