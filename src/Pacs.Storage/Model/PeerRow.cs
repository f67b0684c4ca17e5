namespace Pacs.Storage.Model;

/// <summary>A row of <c>peers</c>; <see cref="Peers.Peer"/> to the outside.</summary>
public sealed class PeerRow
{
    public string AeTitle { get; set; } = "";
    public string Host { get; set; } = "";
    public int Port { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
}
