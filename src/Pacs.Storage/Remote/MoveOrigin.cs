namespace Pacs.Storage.Remote;

/// <summary>Whose objects those are that come with a Move Originator.</summary>
/// <param name="MessageId">Of the C-MOVE.</param>
/// <param name="JobId">The job that fetches.</param>
/// <param name="Peer">AE title of the peer that it fetches from.</param>
public sealed record MoveOrigin(ushort MessageId, long JobId, string Peer);
