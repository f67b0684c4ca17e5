using Microsoft.Extensions.Logging;
using Pacs.Storage.Jobs;
using Pacs.Storage.Webhooks;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Webhooks;

/// <summary>Delivers changes to the receiver of a webhook. The job's one object is the delivery; a receiver that is away is waited for.</summary>
internal sealed class WebhookJob(WebhookStore webhooks, WebhookSender sender, ILogger<WebhookJob> logger) : IJobKind
{
    public string Name => WebhookStore.JobKind;

    public bool MayBeRequested => false;

    public bool NeedsPeer => false;

    public bool GivesUp => false;

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        if (await run.ClaimAsync(cancellation) is not [var item]) return;
        var (result, later) = await DeliverAsync(item.SopInstanceUid, cancellation);
        await run.ReportAsync([result with { Number = item.Number }], CancellationToken.None);
        if (later is not null) throw new JobRunException(result.Message) { RetryAfter = later };
    }

    /// <returns>What came of it, and when the receiver wants to be asked again.</returns>
    private async Task<(JobObjectResult Result, TimeSpan? Later)> DeliverAsync(string deliveryId, CancellationToken cancellation)
    {
        // Sent by a run whose end was not written down.
        if (await webhooks.FindDeliveryAsync(deliveryId, cancellation) is not { } delivery) return (new JobObjectResult(0, JobState.Done), null);
        if (!delivery.IsEnabled) return (Waiting($"The webhook is disabled: PUT /api/v1/webhooks/{delivery.WebhookId} enables it."), null);

        var outcome = await sender.SendAsync(delivery.Url, delivery.Secret, deliveryId, delivery.Body, cancellation);
        await webhooks.RecordAsync(delivery.WebhookId, deliveryId, outcome, CancellationToken.None);
        if (outcome.Result is WebhookResult.Gone or WebhookResult.Refused && await webhooks.FindAsync(delivery.WebhookId, cancellation) is { Enabled: false } disabled)
            logger.WebhookDisabled(disabled.Id, disabled.DisabledBecause ?? outcome.Message);
        return outcome.Result switch
        {
            WebhookResult.Delivered => (new JobObjectResult(0, JobState.Done), null),
            WebhookResult.Refused => (new JobObjectResult(0, JobState.Failed, null, outcome.Message), null),
            _ => (Waiting(outcome.Message), outcome.RetryAfter),
        };
    }

    private static JobObjectResult Waiting(string message) => new(0, JobState.Waiting, null, message);
}
