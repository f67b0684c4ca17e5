using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Queries;
using Pacs.Storage.Retrieval;

namespace Pacs.Dimse.Retrieve;

/// <summary>The identifier of a C-MOVE or C-GET (PS3.4 §C.4.2.1.4.1): one value for each level above, one or more at the level itself.</summary>
internal static class RetrieveIdentifier
{
    /// <exception cref="IdentifierException">Not allowed by the model.</exception>
    public static InstanceSelector Parse(DicomDataset identifier, InformationModel model)
    {
        var level = model.LevelOf(identifier);
        var selector = new InstanceSelector();
        foreach (var above in model.Above(level)) selector = Add(selector, above, [InformationModel.SingleValue(identifier, above)]);
        return Add(selector, level, Values(identifier, level));
    }

    private static string[] Values(DicomDataset identifier, QueryLevel level)
    {
        if (level == QueryLevel.Patient) return [InformationModel.SingleValue(identifier, level)];
        var key = InformationModel.UniqueKey(level);
        string[] uids = [.. identifier.GetStrings(key).Where(v => v.Length > 0)];
        if (uids.Length == 0) throw new IdentifierException(key, $"{DataElementDictionary.KeywordOf(key)} is missing: name what to retrieve");
        if (uids.Any(u => u.AsSpan().ContainsAny('*', '?'))) throw new IdentifierException(key, $"{DataElementDictionary.KeywordOf(key)} takes no wildcard");
        return uids;
    }

    private static InstanceSelector Add(InstanceSelector selector, QueryLevel level, string[] values) => level switch
    {
        QueryLevel.Patient => selector with { PatientIds = values },
        QueryLevel.Study => selector with { StudyInstanceUids = values },
        QueryLevel.Series => selector with { SeriesInstanceUids = values },
        _ => selector with { SopInstanceUids = values },
    };
}
