namespace Pacs.Api.Health;

/// <summary>How the server is.</summary>
/// <param name="Status">"ready", "live" or "not ready".</param>
/// <param name="Faults">What is not in order.</param>
/// <param name="Warnings">What a person should look at, and the rest of the work does not need.</param>
public sealed record HealthAnswer(string Status, IReadOnlyList<string> Faults, IReadOnlyList<string> Warnings);
