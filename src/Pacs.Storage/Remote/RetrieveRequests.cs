using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>What C-MOVE and C-GET have in common on the requestor's side (PS3.4 §C.4.2, §C.4.3): pure.</summary>
internal static class RetrieveRequests
{
    /// <summary>The whole series, of its patient where the model has one above it; or the objects by their UIDs, which is a list that PS3.4 §C.4.2.1.4.1 allows.</summary>
    public static DicomDataset Identifier(RetrieveSlice slice, InformationModel model)
    {
        var identifier = new DicomDataset();
        if (model.Levels[0] == QueryLevel.Patient && slice.PatientId is { Length: > 0 } patient)
        {
            if (!System.Text.Ascii.IsValid(patient)) identifier.Set(SpecificCharacterSet.Tag, Vr.CS, SpecificCharacterSet.Utf8.DefinedTerms);
            identifier.Set(Tags.PatientID, patient);
        }
        identifier
            .Set(Tags.QueryRetrieveLevel, Vr.CS, InformationModel.TermOf(slice.IsWholeSeries ? QueryLevel.Series : QueryLevel.Instance))
            .Set(Tags.StudyInstanceUID, slice.StudyInstanceUid)
            .Set(Tags.SeriesInstanceUID, slice.SeriesInstanceUid);
        return slice.IsWholeSeries ? identifier : identifier.Set(Tags.SOPInstanceUID, [.. slice.Objects.Select(o => o.SopInstanceUid)]);
    }

    /// <summary>What the final response says.</summary>
    public static RetrieveEnd End(DimseResponse final)
    {
        var (command, status) = (final.Command, final.Status);
        var failed = final.Dataset?.GetStrings(Tags.FailedSOPInstanceUIDList).Where(u => u.Length > 0).ToHashSet() ?? [];
        if (status.IsSuccess && command.FailedSuboperations is null or 0) return RetrieveEnd.Success with { FailedUids = failed };
        var counts = command.FailedSuboperations is > 0 and { } count ? $", {count} failed" : "";
        var comment = command.ErrorComment is { } text ? $": {text}" : "";
        return new RetrieveEnd(status.Value, RemoteArchiveException.IsLasting(status), $"{status}{counts}{comment}", failed);
    }
}
