using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Jobs;

/// <summary>/queues and /peers/…/queue: the jobs of each peer, and whether they go on.</summary>
internal static class QueueEndpoints
{
    private const string Example = """{"peer":"WORKSTATION","state":"Away","since":"2026-11-21T08:00:00Z","until":"2026-11-21T08:05:12Z","attempts":7,"reason":"No connection to 192.0.2.17:11112: nothing listens there (ConnectionRefused). Is the peer running, and is this its port?","waiting":412,"running":0}""";

    public static void MapQueues(this IEndpointRouteBuilder api)
    {
        api.MapGet("/queues", (PeerQueueStore queues, CancellationToken cancellation) => queues.ListAsync(null, cancellation))
            .WithTags("Jobs")
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the queues")
            .WithDescription("Of each peer that has jobs to be done, or whose jobs do not go on: how many wait and run, and why none run: the peer is `Away` (one job tries again at `until`, the others wait for it), `Closed` (outside its hours of operation) or `Held` by a person.")
            .Answers(StatusCodes.Status200OK, "The queues by AE title.", $"[{Example}]", default(IReadOnlyList<PeerQueue>));
        var group = api.MapGroup("/peers/{aeTitle}/queue").WithTags("Jobs");
        group.MapGet("", async (PeerStore peers, PeerQueueStore queues, string aeTitle, CancellationToken cancellation) =>
                await queues.FindAsync(await KnownAsync(peers, aeTitle, cancellation), cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get the queue of a peer")
            .WithDescription("How many jobs of the peer wait and run, and why none run.")
            .DescribeQueue();
        group.MapPost("/hold", ChangeAsync((queues, peer, cancellation) => queues.HoldAsync(peer, cancellation)))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Hold the queue of a peer")
            .WithDescription("No job of the peer is begun until the queue is released; those that run go on.")
            .DescribeQueue();
        group.MapPost("/release", ChangeAsync((queues, peer, cancellation) => queues.ReleaseAsync(peer, cancellation)))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Release the queue of a peer")
            .WithDescription("Ends a hold, and forgets that the peer was away: its jobs go on at once. Hours of operation stay in force.")
            .DescribeQueue();
        group.MapPost("/retry", ChangeAsync((queues, peer, cancellation) => queues.TryNowAsync(peer, cancellation)))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Try at once whether a peer is back")
            .WithDescription("The job that would try later tries now. When the peer is there, the others follow.")
            .DescribeQueue();
    }

    private static Delegate ChangeAsync(Func<PeerQueueStore, string, CancellationToken, Task> change) =>
        async (PeerStore peers, PeerQueueStore queues, string aeTitle, CancellationToken cancellation) =>
        {
            var peer = await KnownAsync(peers, aeTitle, cancellation);
            await change(queues, peer, cancellation);
            return await queues.FindAsync(peer, cancellation);
        };

    private static async Task<string> KnownAsync(PeerStore peers, string aeTitle, CancellationToken cancellation) =>
        (await peers.FindAsync(aeTitle, cancellation))?.AeTitle ?? throw ApiException.NotFound($"No peer {aeTitle} is known. GET /api/v1/peers lists those that are.");

    private static void DescribeQueue(this RouteHandlerBuilder endpoint) => endpoint
        .Answers(StatusCodes.Status200OK, "The queue as it is now.", Example, default(PeerQueue))
        .Fails(StatusCodes.Status404NotFound, "No peer of this AE title is known.");
}
