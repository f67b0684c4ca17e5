using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Webhooks;

/// <summary>Event identifiers 2800–2849.</summary>
internal static partial class WebhookLog
{
    [LoggerMessage(2800, LogLevel.Debug, "Webhook {Webhook}: delivery {Delivery} of {Changes} changes is job {Job}")]
    public static partial void DeliveryMade(this ILogger logger, long webhook, string delivery, int changes, long job);
}
