namespace Pacs.Api.Rest.Peers;

/// <summary>Where a peer listens.</summary>
/// <param name="Host">Name or IP address.</param>
/// <param name="Port">TCP port, 1 to 65535.</param>
public sealed record PeerAddress(string? Host, int Port);
