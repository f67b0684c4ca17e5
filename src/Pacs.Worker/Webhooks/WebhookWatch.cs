using Microsoft.Extensions.Logging;
using Pacs.Storage.Webhooks;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Webhooks;

/// <summary>Looks once a second what webhooks are to be told. Runs on every node; the database lets one of them make each delivery.</summary>
internal sealed class WebhookWatch(WebhookDispatch dispatch, TimeProvider time, ILogger<WebhookWatch> logger) : Watch("Telling webhooks", TimeSpan.FromSeconds(1), time, logger)
{
    protected override Task LookAsync(CancellationToken cancellation) => dispatch.RunAsync(cancellation);
}
