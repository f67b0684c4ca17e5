using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.InformationModels;

/// <summary>What an identifier says of level and unique keys, held against its information model.</summary>
internal static class IdentifierLevels
{
    /// <summary>The level that an identifier names.</summary>
    /// <exception cref="IdentifierException">None, or not one of this model's.</exception>
    public static QueryLevel LevelOf(this InformationModel model, DicomDataset identifier)
    {
        var term = identifier.GetString(Tags.QueryRetrieveLevel);
        foreach (var level in model.Levels)
            if (InformationModel.TermOf(level) == term) return level;
        throw new IdentifierException(
            Tags.QueryRetrieveLevel,
            term is null ? "Query/Retrieve Level is missing" : $"Query/Retrieve Level: use {string.Join(", ", model.Levels.Select(InformationModel.TermOf))}");
    }

    /// <summary>The one value of a unique key above the level of the request (PS3.4 §C.4.1.3.1.1).</summary>
    /// <exception cref="IdentifierException">None, several or a pattern.</exception>
    public static string SingleValue(DicomDataset identifier, QueryLevel level)
    {
        var key = InformationModel.UniqueKey(level);
        var values = identifier.GetStrings(key);
        if (values is not [{ Length: > 0 } value]) throw new IdentifierException(key, $"{DataElementDictionary.KeywordOf(key)} needs one value at this level");
        if (value.AsSpan().ContainsAny('*', '?')) throw new IdentifierException(key, $"{DataElementDictionary.KeywordOf(key)} takes no wildcard at this level");
        return value;
    }
}
