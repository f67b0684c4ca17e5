namespace Pacs.Api.Rest.Webhooks;

/// <summary>What came of a test delivery.</summary>
/// <param name="Success">The receiver answered 2xx.</param>
/// <param name="Status">Its HTTP status; null when there was none.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Message">What went wrong; empty when nothing did.</param>
public sealed record WebhookTestAnswer(bool Success, int? Status, double Milliseconds, string Message);
