using Pacs.Dicom.Datasets;

namespace Pacs.Storage.Worklist;

/// <summary>A scheduled procedure step: one item of the modality worklist (PS3.4 §K.6).</summary>
/// <param name="Id">Of this archive.</param>
/// <param name="Dataset">In UTF-8, with one item in Scheduled Procedure Step Sequence, whose Scheduled Procedure Step Status is what is known now.</param>
/// <param name="IsNew">It was made by the call that returned it.</param>
public sealed record WorklistItem(long Id, DicomDataset Dataset, bool IsNew = false);
