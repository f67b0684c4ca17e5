using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Queries;
using Pacs.Storage.Retrieval;

namespace Pacs.Dimse.Retrieve;

/// <summary>The identifier of a C-MOVE or C-GET (PS3.4 §C.4.2.1.4.1): one value for each level above, one or more at the level itself.</summary>
internal static class RetrieveIdentifier
{
    /// <param name="identifier">Of the request.</param>
    /// <param name="model">Of its SOP class.</param>
    /// <param name="isRelational">Keys of the levels above may be missing, or lists (§C.4.2.3.2.1).</param>
    /// <exception cref="IdentifierException">Not allowed by the model.</exception>
    public static InstanceSelector Parse(DicomDataset identifier, InformationModel model, bool isRelational)
    {
        var level = model.LevelOf(identifier);
        var selector = new InstanceSelector();
        foreach (var above in model.Above(level))
            selector = Add(selector, above, isRelational ? Values(identifier, above) : [IdentifierLevels.SingleValue(identifier, above)]);
        // A patient has one identifier; all other levels may be named by a list.
        string[] values = level == QueryLevel.Patient ? [IdentifierLevels.SingleValue(identifier, level)] : Values(identifier, level);
        return values.Length > 0 ? Add(selector, level, values) : throw Refused(level, "is missing: name what to retrieve");
    }

    private static string[] Values(DicomDataset identifier, QueryLevel level)
    {
        string[] values = [.. identifier.GetStrings(InformationModel.UniqueKey(level)).Where(v => v.Length > 0).Distinct()];
        return values.Any(v => v.AsSpan().ContainsAny('*', '?')) ? throw Refused(level, "takes no wildcard") : values;
    }

    private static IdentifierException Refused(QueryLevel level, string why)
    {
        var key = InformationModel.UniqueKey(level);
        return new IdentifierException(key, $"{DataElementDictionary.KeywordOf(key)} {why}");
    }

    private static InstanceSelector Add(InstanceSelector selector, QueryLevel level, string[] values) => level switch
    {
        QueryLevel.Patient => selector with { PatientIds = values },
        QueryLevel.Study => selector with { StudyInstanceUids = values },
        QueryLevel.Series => selector with { SeriesInstanceUids = values },
        _ => selector with { SopInstanceUids = values },
    };
}
