using System.Net;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Ingest;

namespace Pacs.Storage.Routing;

/// <summary>An object as rules look at it.</summary>
/// <param name="Dataset">Its attributes; bulk data need not be here.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="ReceivedAt">When, by the server's clock.</param>
public sealed record RoutingSubject(DicomDataset Dataset, IngestSource Source, DateTimeOffset ReceivedAt)
{
    /// <summary>Who had it before: whom it was fetched from, the calling AE title, or for what came as a file the one that its file meta names. Empty when not known.</summary>
    public string From => Source.FetchedFrom ?? (Source.CallingAeTitle is { Length: > 0 } calling ? calling : Source.FileSource ?? "");

    internal IPAddress? Address { get; } = IPAddress.TryParse(Source.RemoteAddress, out var address) ? address : null;
}
