using System.Text.Json.Serialization;

namespace Pacs.Api.Rest.Gateway;

/// <summary>Which errors are tried again.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RetryRequest
{
    public string? Peer { get; init; }
    public string? StudyInstanceUid { get; init; }
    public string? SopInstanceUid { get; init; }

    /// <summary>Said by who names nothing else.</summary>
    public bool All { get; init; }
}
