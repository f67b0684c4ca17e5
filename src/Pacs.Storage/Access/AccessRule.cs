using System.Text.Json.Serialization;

namespace Pacs.Storage.Access;

/// <summary>
/// Says of some association requests whether they are accepted, and under which rules. The first that matches, by
/// position, decides. It matches when each of its conditions does; one left out (null) always does, a list does when one of
/// its entries does. Texts may have wildcards: <c>*</c> and <c>?</c>.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AccessRule
{
    /// <summary>Rules are tried from the lowest on. At least 1; leave gaps.</summary>
    public int Position { get; init; }

    /// <summary>What it is for: for people and the log.</summary>
    public string Description { get; init => field = value ?? ""; } = "";

    /// <summary>Default <see cref="AccessAction.Allow"/>.</summary>
    public AccessAction Action { get; init; }

    /// <summary>Calling AE titles.</summary>
    public IReadOnlyList<string>? CallingAeTitles { get; init; }

    /// <summary>Whether the calling AE title is that of a known peer.</summary>
    public bool? KnownPeer { get; init; }

    /// <summary>Called AE titles.</summary>
    public IReadOnlyList<string>? CalledAeTitles { get; init; }

    /// <summary>IP addresses and networks (<c>192.0.2.0/24</c>, <c>2001:db8::/32</c>) that calls come from.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>Implementation Class UIDs of callers.</summary>
    public IReadOnlyList<string>? ImplementationClassUids { get; init; }

    /// <summary>Users whose identity was verified: names of API keys.</summary>
    public IReadOnlyList<string>? Users { get; init; }

    /// <summary>Subjects of verified client certificates: the distinguished name or its common name.</summary>
    public IReadOnlyList<string>? TlsSubjects { get; init; }

    /// <summary>Names of listeners.</summary>
    public IReadOnlyList<string>? Listeners { get; init; }

    /// <summary>For the associations that it allows.</summary>
    public AssociationRules Rules { get; init => field = value ?? new(); } = new();
}
