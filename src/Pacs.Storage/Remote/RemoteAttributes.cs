using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>What is asked of another archive's matches when nobody says otherwise: the keys of docs/conformance/query-keys.tsv that a person chooses by.</summary>
public static class RemoteAttributes
{
    private static readonly Tag[] Patient =
    [
        Tags.PatientName, Tags.PatientID, Tags.IssuerOfPatientID, Tags.PatientBirthDate, Tags.PatientBirthTime, Tags.PatientSex, new(0x00101000), Tags.OtherPatientNames,
        Tags.EthnicGroup, Tags.PatientComments, Tags.NumberOfPatientRelatedStudies, Tags.NumberOfPatientRelatedSeries, Tags.NumberOfPatientRelatedInstances,
    ];

    private static readonly Tag[] Study =
    [
        Tags.StudyInstanceUID, Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.StudyID, Tags.StudyDescription, Tags.ModalitiesInStudy,
        Tags.ReferringPhysicianName, Tags.NameOfPhysiciansReadingStudy, Tags.AdmittingDiagnosesDescription, Tags.ProcedureCodeSequence, Tags.PatientAge, Tags.PatientSize,
        Tags.PatientWeight, Tags.Occupation, Tags.AdditionalPatientHistory, Tags.NumberOfStudyRelatedSeries, Tags.NumberOfStudyRelatedInstances,
    ];

    private static readonly Tag[] Series =
    [
        Tags.SeriesInstanceUID, Tags.Modality, Tags.SeriesNumber, Tags.SeriesDescription, Tags.SeriesDate, Tags.SeriesTime, Tags.BodyPartExamined, Tags.StationName,
        Tags.InstitutionName, Tags.PerformingPhysicianName, Tags.Manufacturer, Tags.ManufacturerModelName, Tags.PerformedProcedureStepID,
        Tags.PerformedProcedureStepStartDate, Tags.PerformedProcedureStepStartTime, Tags.RequestAttributesSequence, Tags.NumberOfSeriesRelatedInstances,
    ];

    private static readonly Tag[] Instance =
    [
        Tags.SOPInstanceUID, Tags.SOPClassUID, Tags.InstanceNumber, Tags.NumberOfFrames, Tags.Rows, Tags.Columns, Tags.BitsAllocated, Tags.ContentDate, Tags.ContentTime,
    ];

    /// <summary>Attributes by keyword or eight hexadecimal digits; what is neither is passed over.</summary>
    internal static IEnumerable<AttributePath> Named(IEnumerable<string> names) =>
        names.Select(name => DataElementDictionary.TryParse(name, out var tag) ? new AttributePath(tag) : null).OfType<AttributePath>();

    /// <summary>Of a search at a level: its own, and for one below patients, those of patient and study too.</summary>
    public static IReadOnlyList<AttributePath> Of(QueryLevel level) => [.. (level switch
    {
        QueryLevel.Patient => Patient,
        QueryLevel.Study => [.. Patient.SkipLast(3), .. Study],
        QueryLevel.Series => Series,
        _ => Instance,
    }).Select(t => new AttributePath(t))];
}
