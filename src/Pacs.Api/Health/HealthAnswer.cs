namespace Pacs.Api.Health;

/// <summary>How the server is.</summary>
/// <param name="Status">"ready", "live" or "not ready".</param>
/// <param name="Faults">What is not in order.</param>
public sealed record HealthAnswer(string Status, IReadOnlyList<string> Faults);
