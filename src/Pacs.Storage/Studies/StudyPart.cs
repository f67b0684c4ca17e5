using Pacs.Dicom.Datasets;

namespace Pacs.Storage.Studies;

/// <summary>Some of the objects of a study.</summary>
/// <param name="Series">By series: SOP Class and Instance UIDs.</param>
/// <param name="PerformedStep">The performed procedure step that all series of the study refer to: its item of (0008,1111). Null when there is none, or more than one.</param>
public sealed record StudyPart(IReadOnlyList<(string SeriesInstanceUid, IReadOnlyList<StudyInstance> Instances)> Series, DicomDataset? PerformedStep);
