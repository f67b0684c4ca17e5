namespace Pacs.Storage.Retrieval;

/// <summary>Which instances: all that fit every list that is not empty. At least one list is not empty.</summary>
public sealed record InstanceSelector
{
    public IReadOnlyList<string> PatientIds { get; init; } = [];
    public IReadOnlyList<string> StudyInstanceUids { get; init; } = [];
    public IReadOnlyList<string> SeriesInstanceUids { get; init; } = [];
    public IReadOnlyList<string> SopInstanceUids { get; init; } = [];
}
