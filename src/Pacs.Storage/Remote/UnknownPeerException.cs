namespace Pacs.Storage.Remote;

/// <summary>There is no peer of this AE title.</summary>
public sealed class UnknownPeerException(string aeTitle) : Exception($"There is no peer {aeTitle}: add it with PUT /api/v1/peers/{aeTitle}.");
