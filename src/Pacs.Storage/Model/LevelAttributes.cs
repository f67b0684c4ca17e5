using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Model;

/// <summary>
/// Which attributes are kept with patient, study and series (at most 64 each), so that queries can match and return them.
/// Instances keep their whole header.
/// </summary>
public static class LevelAttributes
{
    public static IReadOnlyList<Tag> Patient { get; } =
    [
        Tags.PatientName, Tags.PatientID, Tags.IssuerOfPatientID, Tags.IssuerOfPatientIDQualifiersSequence, Tags.TypeOfPatientID,
        Tags.PatientBirthDate, Tags.PatientBirthTime, Tags.PatientSex, Tags.OtherPatientIDsSequence, new(0x00101000), Tags.OtherPatientNames,
        Tags.ReferencedPatientSequence, Tags.EthnicGroup, Tags.PatientComments, Tags.PatientSpeciesDescription, Tags.PatientSpeciesCodeSequence,
        Tags.PatientBreedDescription, Tags.PatientBreedCodeSequence, Tags.ResponsiblePerson, Tags.ResponsiblePersonRole, Tags.ResponsibleOrganization,
        Tags.PatientIdentityRemoved, Tags.QualityControlSubject, Tags.PatientBirthName, Tags.PatientMotherBirthName,
    ];

    public static IReadOnlyList<Tag> Study { get; } =
    [
        Tags.StudyInstanceUID, Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.IssuerOfAccessionNumberSequence, Tags.StudyID,
        Tags.StudyDescription, Tags.ReferringPhysicianName, Tags.ReferringPhysicianIdentificationSequence, Tags.ConsultingPhysicianName,
        Tags.ProcedureCodeSequence, Tags.PhysiciansOfRecord, Tags.NameOfPhysiciansReadingStudy, Tags.RequestingService,
        Tags.AdmittingDiagnosesDescription, Tags.AdmittingDiagnosesCodeSequence, Tags.ReferencedStudySequence, Tags.PatientAge, Tags.PatientSize,
        Tags.PatientWeight, Tags.PatientSizeCodeSequence, Tags.Occupation, Tags.AdditionalPatientHistory, Tags.AdmissionID,
        Tags.ServiceEpisodeID, Tags.ServiceEpisodeDescription, Tags.ReasonForPerformedProcedureCodeSequence, Tags.MedicalAlerts, Tags.Allergies,
        Tags.SmokingStatus, Tags.PregnancyStatus, Tags.LastMenstrualDate, Tags.PatientState, Tags.PatientSexNeutered,
        Tags.TimezoneOffsetFromUTC, new(0x00201070), new(0x4008010C),
    ];

    public static IReadOnlyList<Tag> Series { get; } =
    [
        Tags.SeriesInstanceUID, Tags.Modality, Tags.SeriesNumber, Tags.SeriesDate, Tags.SeriesTime, Tags.SeriesDescription,
        Tags.SeriesDescriptionCodeSequence, Tags.Laterality, Tags.BodyPartExamined, Tags.AnatomicRegionSequence, Tags.PatientPosition,
        Tags.ProtocolName, Tags.PerformingPhysicianName, Tags.OperatorsName, Tags.StationName, Tags.InstitutionName, Tags.InstitutionAddress,
        Tags.InstitutionalDepartmentName, Tags.Manufacturer, Tags.ManufacturerModelName, Tags.DeviceSerialNumber, Tags.SoftwareVersions,
        Tags.ReferencedPerformedProcedureStepSequence, Tags.RequestAttributesSequence, Tags.PerformedProcedureStepID,
        Tags.PerformedProcedureStepStartDate, Tags.PerformedProcedureStepStartTime, Tags.PerformedProcedureStepEndDate,
        Tags.PerformedProcedureStepEndTime, Tags.PerformedProcedureStepDescription, Tags.PerformedProtocolCodeSequence,
        Tags.FrameOfReferenceUID, Tags.PositionReferenceIndicator, Tags.PresentationIntentType, Tags.ContrastBolusAgent, Tags.TreatmentSessionUID,
    ];
}
