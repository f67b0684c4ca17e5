namespace Pacs.Storage.Retrieval;

/// <summary>Which instances: all that fit every list that is not empty. At least one list is not empty.</summary>
public sealed record InstanceSelector
{
    public IReadOnlyList<string> PatientIds { get; init; } = [];
    public IReadOnlyList<string> StudyInstanceUids { get; init; } = [];
    public IReadOnlyList<string> SeriesInstanceUids { get; init; } = [];
    public IReadOnlyList<string> SopInstanceUids { get; init; } = [];

    /// <summary>One study, series or instance, or the one that fits all that are given.</summary>
    public static InstanceSelector Of(string? studyInstanceUid, string? seriesInstanceUid = null, string? sopInstanceUid = null) => new()
    {
        StudyInstanceUids = ListOf(studyInstanceUid),
        SeriesInstanceUids = ListOf(seriesInstanceUid),
        SopInstanceUids = ListOf(sopInstanceUid),
    };

    private static IReadOnlyList<string> ListOf(string? uid) => uid is null ? [] : [uid];
}
