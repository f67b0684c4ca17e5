using Microsoft.Extensions.Logging;
using Pacs.Storage.Routing;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Routing;

/// <summary>Turns once a second what routing rules took into jobs. Runs on every node; the database lets one of them do it.</summary>
internal sealed class RoutingWatch(RoutingDispatch routing, TimeProvider time, ILogger<RoutingWatch> logger) : Watch("Routing", TimeSpan.FromSeconds(1), time, logger)
{
    protected override Task LookAsync(CancellationToken cancellation) => routing.RunAsync(cancellation);
}
