namespace Pacs.Storage.Peers;

/// <summary>A DICOM application that this archive may call: a destination of C-MOVE and of forwarding.</summary>
public sealed record Peer(string AeTitle, string Host, int Port);
