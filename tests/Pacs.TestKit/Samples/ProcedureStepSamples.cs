using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.TestKit.Samples;

/// <summary>What a modality sends of a performed procedure step (PS3.4 Table F.7.2-1).</summary>
public static class ProcedureStepSamples
{
    /// <summary>N-CREATE with every attribute of Type 1 and 2, for the worklist item of <see cref="WorklistSamples"/> of the same id.</summary>
    public static DicomDataset Create(string id, string? study = null) => new DicomDataset()
        .Set(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 100")
        .Set(Tags.ScheduledStepAttributesSequence, new DicomDataset()
            .Set(Tags.StudyInstanceUID, study ?? $"1.2.826.0.1.3680043.8.498.{id}").Set(Tags.ReferencedStudySequence, Array.Empty<DicomDataset>())
            .Set(Tags.AccessionNumber, $"ACC{id}").Set(Tags.RequestedProcedureID, $"RP{id}").Set(Tags.RequestedProcedureDescription, "Chest CT")
            .Set(Tags.ScheduledProcedureStepID, $"SPS{id}").Set(Tags.ScheduledProcedureStepDescription, "CT of the chest").Set(Tags.ScheduledProtocolCodeSequence, Array.Empty<DicomDataset>()))
        .Set(Tags.PatientName, "Müller^Jürgen").Set(Tags.PatientID, $"PAT{id}").Set(Tags.PatientBirthDate, "19700102").Set(Tags.PatientSex, "M")
        .Set(Tags.ReferencedPatientSequence, Array.Empty<DicomDataset>())
        .Set(Tags.PerformedProcedureStepID, $"PPS{id}").Set(Tags.PerformedStationAETitle, "CT1").Set(Tags.PerformedStationName, "SCANNER1").Set(Tags.PerformedLocation, "ROOM 3")
        .Set(Tags.PerformedProcedureStepStartDate, "20261121").Set(Tags.PerformedProcedureStepStartTime, "103200").Set(Tags.PerformedProcedureStepStatus, "IN PROGRESS")
        .Set(Tags.PerformedProcedureStepDescription, "CT").Set(Tags.PerformedProcedureTypeDescription, "").Set(Tags.ProcedureCodeSequence, Array.Empty<DicomDataset>())
        .Set(Tags.PerformedProcedureStepEndDate, "").Set(Tags.PerformedProcedureStepEndTime, "").Set(Tags.Modality, "CT").Set(Tags.StudyID, "S1")
        .Set(Tags.PerformedProtocolCodeSequence, Array.Empty<DicomDataset>()).Set(Tags.PerformedSeriesSequence, Array.Empty<DicomDataset>());

    /// <summary>N-SET that ends it.</summary>
    /// <param name="status">COMPLETED or DISCONTINUED.</param>
    /// <param name="objects">Class and UID of the objects of its one series.</param>
    public static DicomDataset End(string status, params IReadOnlyList<(string SopClass, string SopInstance)> objects) => new DicomDataset()
        .Set(Tags.PerformedProcedureStepStatus, status).Set(Tags.PerformedProcedureStepEndDate, "20261121").Set(Tags.PerformedProcedureStepEndTime, "104500")
        .Set(Tags.PerformedSeriesSequence, new DicomDataset()
            .Set(Tags.SeriesInstanceUID, "1.2.826.0.1.3680043.8.498.7").Set(Tags.ProtocolName, "CHEST").Set(Tags.SeriesDescription, "Axial").Set(Tags.RetrieveAETitle, "")
            .Set(Tags.PerformingPhysicianName, "").Set(Tags.OperatorsName, "").Set(Tags.ReferencedNonImageCompositeSOPInstanceSequence, Array.Empty<DicomDataset>())
            .Set(Tags.ReferencedImageSequence, [.. objects.Select(o => new DicomDataset().Set(Tags.ReferencedSOPClassUID, o.SopClass).Set(Tags.ReferencedSOPInstanceUID, o.SopInstance))]));
}
