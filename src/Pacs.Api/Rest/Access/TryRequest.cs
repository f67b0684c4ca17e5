using System.Text.Json.Serialization;

namespace Pacs.Api.Rest.Access;

/// <summary>A caller to try the access rules with.</summary>
/// <param name="CallingAeTitle">By which it calls.</param>
/// <param name="Address">IP address that it calls from.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TryRequest(string? CallingAeTitle, string? Address)
{
    /// <summary>Default the archive's.</summary>
    public string? CalledAeTitle { get; init; }

    /// <summary>Name of the listener that it calls. Default <c>default</c>.</summary>
    public string? Listener { get; init; }

    /// <summary>What it says that it is.</summary>
    public string? ImplementationClassUid { get; init; }

    /// <summary>Name of the API key that it shows.</summary>
    public string? User { get; init; }

    /// <summary>Subject of its certificate.</summary>
    public string? TlsSubject { get; init; }
}
