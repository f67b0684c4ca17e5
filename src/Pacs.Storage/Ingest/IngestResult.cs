using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Ingest;

/// <summary>The end of one ingest. UIDs are those of the data set, or where it does not tell those of the request or of the file meta.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Message">For a person: what is wrong and what to do; at most 64 characters' worth in its first sentence, without patient data. Empty on success without faults.</param>
public sealed record IngestResult(IngestOutcome Outcome, string Message = "")
{
    public string? SopClassUid { get; init; }
    public string? SopInstanceUid { get; init; }
    public string? StudyInstanceUid { get; init; }
    public string? SeriesInstanceUid { get; init; }
    public IReadOnlyList<Tag> OffendingElements { get; init; } = [];

    /// <summary>Stored although validation found faults, which message and elements tell (B007).</summary>
    public bool HasFaults { get; init; }

    /// <summary>The object is safe here, whether or not this call wrote it.</summary>
    public bool IsSuccess => Outcome is IngestOutcome.Stored or IngestOutcome.AlreadyStored or IngestOutcome.Replaced or IngestOutcome.KeptExisting;
}
