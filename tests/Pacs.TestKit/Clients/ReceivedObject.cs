namespace Pacs.TestKit.Clients;

/// <summary>An object as it came from a server: the bytes of its data set.</summary>
public sealed record ReceivedObject(string SopClassUid, string SopInstanceUid, string TransferSyntaxUid, byte[] Dataset);
