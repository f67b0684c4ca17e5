using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Model;

namespace Pacs.Storage.ProcedureSteps;

/// <summary>What PS3.4 Table F.7.2-1 asks of the attributes of a procedure step, in the column of the SCP.</summary>
internal static class ProcedureStepRules
{
    private static readonly Tag[] Type1 =
    [
        Tags.ScheduledStepAttributesSequence, Tags.PerformedProcedureStepID, Tags.PerformedStationAETitle, Tags.PerformedProcedureStepStartDate,
        Tags.PerformedProcedureStepStartTime, Tags.PerformedProcedureStepStatus, Tags.Modality,
    ];

    private static readonly Tag[] Type2 =
    [
        Tags.PatientName, Tags.PatientID, Tags.PatientBirthDate, Tags.PatientSex, Tags.ReferencedPatientSequence, Tags.PerformedStationName,
        Tags.PerformedLocation, Tags.PerformedProcedureStepDescription, Tags.PerformedProcedureTypeDescription, Tags.ProcedureCodeSequence,
        Tags.PerformedProcedureStepEndDate, Tags.PerformedProcedureStepEndTime, Tags.StudyID, Tags.PerformedProtocolCodeSequence, Tags.PerformedSeriesSequence,
    ];

    private static readonly Tag[] Type2OfScheduledStep =
    [
        Tags.ReferencedStudySequence, Tags.AccessionNumber, Tags.RequestedProcedureID, Tags.RequestedProcedureDescription,
        Tags.ScheduledProcedureStepID, Tags.ScheduledProcedureStepDescription, Tags.ScheduledProtocolCodeSequence,
    ];

    private static readonly Tag[] Type2OfSeries =
    [
        Tags.PerformingPhysicianName, Tags.OperatorsName, Tags.SeriesDescription, Tags.RetrieveAETitle, Tags.ReferencedImageSequence,
        Tags.ReferencedNonImageCompositeSOPInstanceSequence,
    ];

    /// <summary>"Not allowed" in the column of N-SET.</summary>
    private static readonly HashSet<Tag> Fixed =
    [
        Tags.ScheduledStepAttributesSequence, Tags.PatientName, Tags.PatientID, Tags.IssuerOfPatientID, Tags.IssuerOfPatientIDQualifiersSequence,
        Tags.OtherPatientIDsSequence, Tags.PatientBirthDate, Tags.PatientSex, Tags.ReferencedPatientSequence, Tags.AdmissionID, Tags.IssuerOfAdmissionIDSequence,
        Tags.ServiceEpisodeID, Tags.IssuerOfServiceEpisodeIDSequence, Tags.ServiceEpisodeDescription, Tags.PerformedProcedureStepID, Tags.PerformedStationAETitle,
        Tags.PerformedStationName, Tags.PerformedLocation, Tags.PerformedProcedureStepStartDate, Tags.PerformedProcedureStepStartTime, Tags.Modality, Tags.StudyID,
    ];

    /// <summary>Whether N-SET may not change the attribute.</summary>
    public static bool IsFixed(Tag tag) => Fixed.Contains(tag);

    /// <summary>What an N-CREATE has to bring. Attributes that may be empty may be absent too, unless the check is strict.</summary>
    public static void CheckCreate(DicomDataset dataset, bool isStrict)
    {
        Require(dataset, Type1, null);
        if (isStrict) RequirePresence(dataset, Type2, null);
        CheckValues(dataset);
        if (StatusOf(dataset) != ProcedureStepStatus.InProgress)
            throw Invalid(Tags.PerformedProcedureStepStatus, "has to be IN PROGRESS in N-CREATE");
        foreach (var step in dataset.GetItems(Tags.ScheduledStepAttributesSequence))
        {
            Require(step, [Tags.StudyInstanceUID], Tags.ScheduledStepAttributesSequence);
            CheckUid(step, Tags.StudyInstanceUID, Tags.ScheduledStepAttributesSequence);
            if (isStrict) RequirePresence(step, Type2OfScheduledStep, Tags.ScheduledStepAttributesSequence);
        }
        CheckSeries(dataset, isStrict);
    }

    /// <summary>What an N-SET makes of a step: of one that ends, what its final state has to have.</summary>
    public static void CheckSet(DicomDataset merged, bool isStrict)
    {
        CheckValues(merged);
        CheckSeries(merged, isStrict);
        var status = StatusOf(merged);
        if (status == ProcedureStepStatus.InProgress) return;
        Require(merged, [Tags.PerformedProcedureStepEndDate, Tags.PerformedProcedureStepEndTime], null);
        // A step that was given up before its first image has no series in the field, whatever the table says.
        if (status == ProcedureStepStatus.Completed || isStrict) Require(merged, [Tags.PerformedSeriesSequence], null);
    }

    /// <exception cref="ProcedureStepException">It has no defined term.</exception>
    public static ProcedureStepStatus StatusOf(DicomDataset dataset) => dataset.GetString(Tags.PerformedProcedureStepStatus) switch
    {
        "IN PROGRESS" => ProcedureStepStatus.InProgress,
        "COMPLETED" => ProcedureStepStatus.Completed,
        "DISCONTINUED" => ProcedureStepStatus.Discontinued,
        _ => throw Invalid(Tags.PerformedProcedureStepStatus, "is IN PROGRESS, COMPLETED or DISCONTINUED"),
    };

    private static void CheckSeries(DicomDataset dataset, bool isStrict)
    {
        foreach (var series in dataset.GetItems(Tags.PerformedSeriesSequence))
        {
            Require(series, [Tags.SeriesInstanceUID, Tags.ProtocolName], Tags.PerformedSeriesSequence);
            CheckUid(series, Tags.SeriesInstanceUID, Tags.PerformedSeriesSequence);
            if (isStrict) RequirePresence(series, Type2OfSeries, Tags.PerformedSeriesSequence);
            foreach (var reference in References(series))
            {
                Require(reference, [Tags.ReferencedSOPClassUID, Tags.ReferencedSOPInstanceUID], Tags.PerformedSeriesSequence);
                CheckUid(reference, Tags.ReferencedSOPInstanceUID, Tags.PerformedSeriesSequence);
            }
        }
    }

    /// <summary>Items that name the objects of a performed series.</summary>
    public static IEnumerable<DicomDataset> References(DicomDataset series) =>
        series.GetItems(Tags.ReferencedImageSequence).Concat(series.GetItems(Tags.ReferencedNonImageCompositeSOPInstanceSequence));

    private static void CheckValues(DicomDataset dataset)
    {
        foreach (var tag in (Tag[])[Tags.PerformedProcedureStepStartDate, Tags.PerformedProcedureStepEndDate])
            if (dataset.HasValue(tag) && dataset.Date(tag).Length == 0) throw Invalid(tag, "is a date: YYYYMMDD");
        foreach (var tag in (Tag[])[Tags.PerformedProcedureStepStartTime, Tags.PerformedProcedureStepEndTime])
            if (dataset.HasValue(tag) && dataset.Time(tag).Length == 0) throw Invalid(tag, "is a time: HHMMSS");
        foreach (var element in dataset)
            if (element is not (ValueElement or SequenceElement)) throw Invalid(element.Tag, "is bulk data, which a procedure step has no place for");
    }

    private static void CheckUid(DicomDataset dataset, Tag tag, Tag within)
    {
        if (!Uid.IsAcceptable(dataset.GetString(tag))) throw new ProcedureStepException(ProcedureStepFault.InvalidAttributeValue, $"{Name(tag)} is no UID", within);
    }

    /// <summary>Type 1: there, with a value. All that are at fault are told.</summary>
    private static void Require(DicomDataset dataset, Tag[] tags, Tag? within)
    {
        RequirePresence(dataset, tags, within);
        Tag[] empty = [.. tags.Where(t => !dataset.HasValue(t))];
        if (empty.Length > 0) throw Fault(ProcedureStepFault.MissingAttributeValue, "Without value: ", empty, within);
    }

    private static void RequirePresence(DicomDataset dataset, Tag[] tags, Tag? within)
    {
        Tag[] missing = [.. tags.Where(t => !dataset.Contains(t))];
        if (missing.Length > 0) throw Fault(ProcedureStepFault.MissingAttribute, "Missing: ", missing, within);
    }

    private static ProcedureStepException Fault(ProcedureStepFault fault, string what, Tag[] tags, Tag? within) =>
        new(fault, what + string.Join(", ", tags.Select(Name)), within is { } sequence ? [sequence] : tags);

    private static ProcedureStepException Invalid(Tag tag, string how) => new(ProcedureStepFault.InvalidAttributeValue, $"{Name(tag)} {how}", tag);

    private static string Name(Tag tag) => DataElementDictionary.KeywordOf(tag) ?? tag.ToString();
}
