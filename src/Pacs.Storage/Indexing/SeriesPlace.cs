namespace Pacs.Storage.Indexing;

/// <summary>Where a series is in the index, and which attributes are filled there: what this process knows to be committed.</summary>
internal sealed class SeriesPlace
{
    public required long SeriesKey { get; init; }
    public required long StudyKey { get; init; }
    public required long PatientKey { get; init; }
    public required string StudyUid { get; init; }
    public required PatientKey Patient { get; init; }
    public required ulong PatientMask { get; init; }
    public required ulong StudyMask { get; init; }
    public required ulong SeriesMask { get; init; }

    /// <summary>Nothing above the instance has to be made, filled or recorded.</summary>
    public bool Holds(IndexEntry entry) =>
        entry.Replaces is null && entry.StudyUid == StudyUid && entry.Patient == Patient
        && (entry.PatientMask & ~PatientMask) == 0 && (entry.StudyMask & ~StudyMask) == 0 && (entry.SeriesMask & ~SeriesMask) == 0;
}
