using System.Net;

namespace Pacs.Storage.Access;

/// <summary>Who asks for an association, as access rules see it.</summary>
public sealed record Caller
{
    /// <summary>Name of the listener that it came to.</summary>
    public required string Listener { get; init; }

    public required string CallingAeTitle { get; init; }
    public required string CalledAeTitle { get; init; }
    public required IPAddress Address { get; init; }

    /// <summary>Null when it did not say.</summary>
    public string? ImplementationClassUid { get; init; }

    /// <summary>Name of the user whose identity was verified; null for none.</summary>
    public string? User { get; init; }

    /// <summary>Distinguished name and common name of its verified certificate. Empty for none.</summary>
    public IReadOnlyList<string> TlsSubjects { get; init; } = [];
}
