namespace Pacs.Storage.Access;

/// <summary>How a listener fares on one node.</summary>
/// <param name="Node">Machine and process.</param>
/// <param name="Name">The listener.</param>
/// <param name="EndPoint">Where it listens; null when it does not.</param>
/// <param name="Fault">Why it does not; null when it does.</param>
/// <param name="Associations">Open now.</param>
public sealed record ListenerState(string Node, string Name, string? EndPoint, string? Fault, int Associations);
