namespace Pacs.Storage.Ingest;

/// <summary>Where an object came from. Kept with it, and what routing looks at.</summary>
public sealed record IngestSource(string Protocol)
{
    /// <summary>AE title that sent it, or that it was fetched from.</summary>
    public string? CallingAeTitle { get; init; }

    public string? CalledAeTitle { get; init; }
    public string? RemoteAddress { get; init; }

    /// <summary>Name of the listener that took it. Not kept.</summary>
    public string? Listener { get; init; }

    /// <summary>Source Application Entity Title (0002,0016) of the file that it came as. Not kept.</summary>
    public string? FileSource { get; init; }

    /// <summary>AE title of the peer that it was fetched from, whoever delivered it. Null when it came unasked.</summary>
    public string? FetchedFrom { get; init; }
}
