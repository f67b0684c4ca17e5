namespace Pacs.Storage.Webhooks;

/// <summary>What follows from an attempt to deliver.</summary>
public enum WebhookResult
{
    /// <summary>2xx: the receiver has it.</summary>
    Delivered,
    /// <summary>No answer, 408, 429, 5xx: it is sent again, as long as it takes.</summary>
    MayPass,
    /// <summary>Any other answer: this delivery is given up.</summary>
    Refused,
    /// <summary>410: the receiver wants no more; the webhook is disabled.</summary>
    Gone,
}
