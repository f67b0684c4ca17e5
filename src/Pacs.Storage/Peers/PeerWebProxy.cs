using System.Text.Json.Serialization;
using Pacs.Storage.Security;

namespace Pacs.Storage.Peers;

/// <summary>An HTTP proxy; https goes through it as a tunnel (CONNECT).</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerWebProxy
{
    /// <summary><c>http://proxy.example.org:3128</c>.</summary>
    public string Url { get; init; } = "";

    /// <summary>Whom it knows. Default nobody.</summary>
    public string? User { get; init; }

    /// <summary>Of the user. Left out where the peer is known: the one that is kept, for the same proxy.</summary>
    public Secret? Password { get; init; }
}
