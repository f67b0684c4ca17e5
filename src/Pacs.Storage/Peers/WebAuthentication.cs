using System.Text.Json.Serialization;
using Pacs.Storage.Security;

namespace Pacs.Storage.Peers;

/// <summary>By what a DICOMweb server knows this archive.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WebAuthentication
{
    public WebAuthenticationKind Kind { get; init; }

    /// <summary>Client secret, key or password. Left out where the peer is known: the one that is kept, as long as it goes to the same server.</summary>
    public Secret? Secret { get; init; }

    /// <summary>Client credentials: where tokens are got.</summary>
    public string? TokenUrl { get; init; }

    /// <summary>Client credentials: the client.</summary>
    public string? ClientId { get; init; }

    /// <summary>Client credentials: what the token is to be for, words with blanks between. Default whatever the server gives.</summary>
    public string? Scope { get; init; }

    /// <summary>Client credentials: client and secret go in the body (client_secret_post) rather than as user and password. Default false.</summary>
    public bool SecretInBody { get; init; }

    /// <summary>API key: the header's name. Default <c>X-Api-Key</c>.</summary>
    public string? Header { get; init; }

    /// <summary>Basic: the user.</summary>
    public string? User { get; init; }
}
