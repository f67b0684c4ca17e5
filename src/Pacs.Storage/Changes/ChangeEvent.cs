using Pacs.Storage.Model;

namespace Pacs.Storage.Changes;

/// <summary>A change as others are told of it. It has no patient data.</summary>
public sealed record ChangeEvent
{
    /// <summary>Of the change, the same wherever and whenever it is told.</summary>
    public required long Id { get; init; }

    /// <summary>Stored, Replaced, Deleted: an object. StudyCompleted, StudyReopened: a study. Routed: an object, a series or a study, by the trigger of the rule.</summary>
    public required ChangeKind Kind { get; init; }

    /// <summary>When it was made. The order of the feed is that of transactions: times may go back a little.</summary>
    public required DateTimeOffset At { get; init; }
    public required string StudyInstanceUid { get; init; }

    /// <summary>Null when the change is of a whole study.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>Null when the change is of a whole study or series.</summary>
    public string? SopInstanceUid { get; init; }

    /// <summary>By what a study was found complete; null for other kinds.</summary>
    public CompletionReason? Reason { get; init; }

    /// <summary>Name of the routing rule that took it; null for other kinds.</summary>
    public string? Rule { get; init; }

    /// <summary>Where it can be fetched (WADO-RS). Null for what was deleted, and where no address of this server is known.</summary>
    public string? RetrieveUrl { get; init; }

    /// <param name="dicomWeb">DICOMweb base without a slash at the end; null when it is not known.</param>
    public ChangeEvent WithUrl(string? dicomWeb) => dicomWeb is null || Kind == ChangeKind.Deleted
        ? this
        : this with
        {
            RetrieveUrl = $"{dicomWeb}/studies/{StudyInstanceUid}"
                + (SeriesInstanceUid is null ? "" : $"/series/{SeriesInstanceUid}")
                + (SopInstanceUid is null ? "" : $"/instances/{SopInstanceUid}"),
        };
}
