using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.TestKit.Samples;

/// <summary>Worklist items.</summary>
public static class WorklistSamples
{
    /// <summary>With a value for every attribute of PS3.4 Table K.6-1.</summary>
    /// <param name="id">Of patient, accession number, requested procedure and step.</param>
    public static DicomDataset Full(string id)
    {
        var code = Code("1001", "Chest PA");
        var step = new DicomDataset()
            .Set(Tags.ScheduledStationAETitle, "CT1").Set(Tags.ScheduledProcedureStepStartDate, "20261121").Set(Tags.ScheduledProcedureStepStartTime, "103000")
            .Set(Tags.Modality, "CT").Set(Tags.ScheduledPerformingPhysicianName, "House^Gregory").Set(Tags.ScheduledProcedureStepDescription, "CT of the chest")
            .Set(Tags.ScheduledStationName, "SCANNER1").Set(Tags.ScheduledProcedureStepLocation, "ROOM 3")
            .Set(Tags.ReferencedDefinedProtocolSequence, Reference(Uids.CTDefinedProcedureProtocolStorage))
            .Set(Tags.ReferencedPerformedProtocolSequence, Reference(Uids.CTPerformedProcedureProtocolStorage))
            .Set(Tags.ScheduledProtocolCodeSequence, code).Set(Tags.PreMedication, "SEDATIVE").Set(Tags.ScheduledProcedureStepID, $"SPS{id}")
            .Set(Tags.RequestedContrastAgent, "IODINE").Set(Tags.ScheduledProcedureStepStatus, "ARRIVED");
        return new DicomDataset()
            .Set(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 100")
            .Set(Tags.ScheduledProcedureStepSequence, step)
            .Set(Tags.ScheduledSpecimenSequence, new DicomDataset().Set(Tags.ContainerIdentifier, "BOX7")
                .Set(Tags.SpecimenDescriptionSequence, new DicomDataset().Set(Tags.SpecimenIdentifier, "SPEC9")))
            .Set(Tags.RequestedProcedureID, $"RP{id}").Set(Tags.RequestedProcedureDescription, "Chest CT").Set(Tags.RequestedProcedureCodeSequence, Code("CHEST", "Chest"))
            .Set(Tags.StudyInstanceUID, $"1.2.826.0.1.3680043.8.498.{id}").Set(Tags.StudyDate, "20261120").Set(Tags.StudyTime, "081500")
            .Set(Tags.ReferencedStudySequence, Reference("1.2.840.10008.3.1.2.3.1")).Set(Tags.RequestedProcedurePriority, "STAT").Set(Tags.PatientTransportArrangements, "WHEELCHAIR")
            .Set(Tags.AccessionNumber, $"ACC{id}").Set(Tags.IssuerOfAccessionNumberSequence, new DicomDataset().Set(Tags.LocalNamespaceEntityID, "RIS"))
            .Set(Tags.RequestingPhysician, "Wilson^James").Set(Tags.ReferringPhysicianName, "Cuddy^Lisa").Set(Tags.PlacerOrderNumberImagingServiceRequest, "PL1").Set(Tags.FillerOrderNumberImagingServiceRequest, "FL1")
            .Set(Tags.AdmissionID, "ADM5").Set(Tags.IssuerOfAdmissionIDSequence, new DicomDataset().Set(Tags.LocalNamespaceEntityID, "ADT"))
            .Set(Tags.CurrentPatientLocation, "WARD 4").Set(Tags.ReferencedPatientSequence, Reference("1.2.840.10008.3.1.2.1.1"))
            .Set(Tags.PatientName, "Müller^Jürgen").Set(Tags.PatientID, $"PAT{id}").Set(Tags.IssuerOfPatientID, "HOSPITAL")
            .Set(Tags.OtherPatientIDsSequence, new DicomDataset().Set(Tags.PatientID, "OTHER1").Set(Tags.IssuerOfPatientID, "ELSEWHERE"))
            .Set(Tags.PatientBirthDate, "19700102").Set(Tags.PatientSex, "M").Set(Tags.PatientPrimaryLanguageCodeSequence, Code("de", "German"))
            .Set(Tags.PatientWeight, "81.5").Set(Tags.PatientSize, "1.83").Set(Tags.ConfidentialityConstraintOnPatientDataDescription, "VIP")
            .Set(Tags.PatientState, "STABLE").Set(Tags.PregnancyStatus, "4").Set(Tags.MedicalAlerts, "PACEMAKER").Set(Tags.Allergies, "LATEX").Set(Tags.SpecialNeeds, "INTERPRETER");
    }

    /// <summary>With what is required, and no more.</summary>
    public static DicomDataset Minimal(string id) => new DicomDataset()
        .Set(Tags.PatientName, "Doe^Jane").Set(Tags.PatientID, $"PAT{id}").Set(Tags.AccessionNumber, $"ACC{id}").Set(Tags.RequestedProcedureID, $"RP{id}")
        .Set(Tags.ScheduledProcedureStepSequence, new DicomDataset()
            .Set(Tags.ScheduledStationAETitle, "CT1").Set(Tags.ScheduledProcedureStepStartDate, "20261121").Set(Tags.ScheduledProcedureStepStartTime, "0800")
            .Set(Tags.Modality, "CT").Set(Tags.ScheduledProcedureStepID, $"SPS{id}"));

    /// <summary>The item's step.</summary>
    public static DicomDataset Step(this DicomDataset item) => item.GetItems(Tags.ScheduledProcedureStepSequence)[0];

    private static DicomDataset Code(string value, string meaning) =>
        new DicomDataset().Set(Tags.CodeValue, value).Set(Tags.CodingSchemeDesignator, "99TEST").Set(Tags.CodingSchemeVersion, "1").Set(Tags.CodeMeaning, meaning);

    private static DicomDataset Reference(string sopClass) =>
        new DicomDataset().Set(Tags.ReferencedSOPClassUID, sopClass).Set(Tags.ReferencedSOPInstanceUID, "1.2.3.4.5");
}
