using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Model;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Worklist;

/// <summary>A data set that was found to be a worklist item, as it is kept.</summary>
/// <param name="Dataset">In UTF-8, without what is about a request or a file.</param>
/// <param name="Step">The item of its Scheduled Procedure Step Sequence.</param>
internal sealed record WorklistEntry(DicomDataset Dataset, DicomDataset Step)
{
    private static readonly Tag[] RequiredOfStep =
    [
        Tags.ScheduledStationAETitle, Tags.ScheduledProcedureStepStartDate, Tags.ScheduledProcedureStepStartTime, Tags.Modality, Tags.ScheduledProcedureStepID,
    ];

    private static readonly Tag[] Required = [Tags.PatientName, Tags.PatientID, Tags.RequestedProcedureID];

    /// <summary>Null: none was given.</summary>
    public string? StudyInstanceUid => Dataset.GetString(Tags.StudyInstanceUID);

    /// <summary>Null: none was given.</summary>
    public string? Status => Step.GetString(Tags.ScheduledProcedureStepStatus);

    /// <exception cref="WorklistException">It is no item; all that is missing is named.</exception>
    public static WorklistEntry Read(DicomDataset dataset)
    {
        if (dataset[Tags.ScheduledProcedureStepSequence] is not SequenceElement { Items: [_] })
            throw new WorklistException($"A worklist item is one scheduled procedure step: exactly one item in {Name(Tags.ScheduledProcedureStepSequence)}.");
        var kept = new DicomDataset().Set(Utf8Text.CharacterSetElement);
        foreach (var element in dataset)
            if (IsKept(element)) kept.Set(Utf8Text.Convert(element, dataset));
        var step = kept.GetItems(Tags.ScheduledProcedureStepSequence)[0];

        var faults = new List<string>();
        foreach (var tag in RequiredOfStep)
            if (!step.HasValue(tag)) faults.Add($"{Name(tag)} is missing in {Name(Tags.ScheduledProcedureStepSequence)}");
        foreach (var tag in Required)
            if (!kept.HasValue(tag)) faults.Add($"{Name(tag)} is missing");
        if (step.HasValue(Tags.ScheduledProcedureStepStartDate) && step.Date(Tags.ScheduledProcedureStepStartDate).Length == 0)
            faults.Add($"{Name(Tags.ScheduledProcedureStepStartDate)} is no date (YYYYMMDD)");
        if (step.HasValue(Tags.ScheduledProcedureStepStartTime) && step.Time(Tags.ScheduledProcedureStepStartTime).Length == 0)
            faults.Add($"{Name(Tags.ScheduledProcedureStepStartTime)} is no time (HHMMSS)");
        if (kept.GetString(Tags.StudyInstanceUID) is { } uid && !Uid.IsAcceptable(uid))
            faults.Add($"{Name(Tags.StudyInstanceUID)} is no UID");
        return faults.Count == 0 ? new WorklistEntry(kept, step) : throw new WorklistException($"No worklist item: {string.Join("; ", faults)}.");
    }

    private static bool IsKept(DicomElement element) =>
        element is ValueElement or SequenceElement && element.Tag.Group > 0x0002 && !element.Tag.IsGroupLength
        && element.Tag != SpecificCharacterSet.Tag && element.Tag != Tags.QueryRetrieveLevel && element.Tag != Tags.RetrieveURL;

    private static string Name(Tag tag) => $"{DataElementDictionary.KeywordOf(tag)} {tag}";
}
