namespace Pacs.Storage.Ingest;

/// <summary>Where an object came from. Kept with it, and what routing will look at.</summary>
public sealed record IngestSource(string Protocol)
{
    public string? CallingAeTitle { get; init; }
    public string? CalledAeTitle { get; init; }
    public string? RemoteAddress { get; init; }
}
