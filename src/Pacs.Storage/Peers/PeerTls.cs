using System.Text.Json.Serialization;

namespace Pacs.Storage.Peers;

/// <summary>How calls to a peer are secured (PS3.15 Annex B: TLS 1.2 and 1.3). This side shows the certificate of <c>Pacs:Dimse:Tls</c> if the peer asks for one.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerTls
{
    /// <summary>The name that the peer's certificate has to be for. Default the peer's host.</summary>
    public string? ServerName { get; init; }

    /// <summary>The peer's certificate is accepted whoever signed it. For tests: it protects against nobody in between. Default false.</summary>
    public bool AcceptAnyCertificate { get; init; }
}
