namespace Pacs.Storage.Webhooks;

/// <summary>What came of an attempt.</summary>
/// <param name="Result">What follows from it.</param>
/// <param name="Status">HTTP status; null when there was no answer.</param>
/// <param name="Message">What went wrong, for a person; empty when nothing did.</param>
public sealed record WebhookOutcome(WebhookResult Result, int? Status, string Message = "")
{
    /// <summary>Before it is sent again, as the receiver asked; null for no wish of its own.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
