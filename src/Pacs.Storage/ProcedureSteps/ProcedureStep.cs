using Pacs.Dicom.Datasets;

namespace Pacs.Storage.ProcedureSteps;

/// <summary>A performed procedure step, as a modality reported it (PS3.4 §F.7).</summary>
public sealed record ProcedureStep
{
    public required string SopInstanceUid { get; init; }
    public required ProcedureStepStatus Status { get; init; }

    /// <summary>Who made it.</summary>
    public required string CallingAeTitle { get; init; }

    /// <summary>Of the studies that it performed a step of.</summary>
    public required IReadOnlyList<string> StudyInstanceUids { get; init; }

    /// <summary>What was created, and set since; in UTF-8.</summary>
    public required DicomDataset Dataset { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}
