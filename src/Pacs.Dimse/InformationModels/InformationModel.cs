using System.Collections.Frozen;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.InformationModels;

/// <summary>A Query/Retrieve information model (PS3.4 §C.6): its levels from the top, and the SOP classes of its services.</summary>
internal sealed record InformationModel(string Find, string Move, string Get, IReadOnlyList<QueryLevel> Levels)
{
    public static InformationModel PatientRoot { get; } = new(
        Uids.PatientRootQueryRetrieveInformationModelFind,
        Uids.PatientRootQueryRetrieveInformationModelMove,
        Uids.PatientRootQueryRetrieveInformationModelGet,
        [QueryLevel.Patient, QueryLevel.Study, QueryLevel.Series, QueryLevel.Instance]);

    public static InformationModel StudyRoot { get; } = new(
        Uids.StudyRootQueryRetrieveInformationModelFind,
        Uids.StudyRootQueryRetrieveInformationModelMove,
        Uids.StudyRootQueryRetrieveInformationModelGet,
        [QueryLevel.Study, QueryLevel.Series, QueryLevel.Instance]);

    /// <summary>Retired (PS3.4-2004 §C.6.3); older devices still ask in it.</summary>
    public static InformationModel PatientStudyOnly { get; } = new(
        Uids.PatientStudyOnlyQueryRetrieveInformationModelFind,
        Uids.PatientStudyOnlyQueryRetrieveInformationModelMove,
        Uids.PatientStudyOnlyQueryRetrieveInformationModelGet,
        [QueryLevel.Patient, QueryLevel.Study]);

    public static IReadOnlyList<InformationModel> All { get; } = [PatientRoot, StudyRoot, PatientStudyOnly];

    private static readonly FrozenDictionary<string, InformationModel> BySopClass = All
        .SelectMany(m => new[] { (m.Find, m), (m.Move, m), (m.Get, m) })
        .ToFrozenDictionary(p => p.Item1, p => p.m);

    /// <summary>The model of a find, move or get SOP class.</summary>
    public static InformationModel Of(string sopClassUid) => BySopClass[sopClassUid];

    /// <summary>Levels above the given one, from the top.</summary>
    public IEnumerable<QueryLevel> Above(QueryLevel level) => Levels.TakeWhile(l => l != level);

    /// <summary>The unique key of a level (PS3.4 §C.6.1.1).</summary>
    public static Tag UniqueKey(QueryLevel level) => level switch
    {
        QueryLevel.Patient => Tags.PatientID,
        QueryLevel.Study => Tags.StudyInstanceUID,
        QueryLevel.Series => Tags.SeriesInstanceUID,
        _ => Tags.SOPInstanceUID,
    };

    /// <summary>The level as Query/Retrieve Level (0008,0052) says it.</summary>
    public static string TermOf(QueryLevel level) => level switch
    {
        QueryLevel.Patient => "PATIENT",
        QueryLevel.Study => "STUDY",
        QueryLevel.Series => "SERIES",
        _ => "IMAGE",
    };

    /// <summary>The level that an identifier names.</summary>
    /// <exception cref="IdentifierException">None, or not one of this model's.</exception>
    public QueryLevel LevelOf(DicomDataset identifier)
    {
        var term = identifier.GetString(Tags.QueryRetrieveLevel);
        foreach (var level in Levels)
            if (TermOf(level) == term) return level;
        throw new IdentifierException(
            Tags.QueryRetrieveLevel,
            term is null ? "Query/Retrieve Level is missing" : $"Query/Retrieve Level: use {string.Join(", ", Levels.Select(TermOf))}");
    }

    /// <summary>The one value of a unique key above the level of the request (PS3.4 §C.4.1.3.1.1).</summary>
    /// <exception cref="IdentifierException">None, several or a pattern.</exception>
    public static string SingleValue(DicomDataset identifier, QueryLevel level)
    {
        var key = UniqueKey(level);
        var values = identifier.GetStrings(key);
        if (values is not [{ Length: > 0 } value]) throw new IdentifierException(key, $"{DataElementDictionary.KeywordOf(key)} needs one value at this level");
        if (value.AsSpan().ContainsAny('*', '?')) throw new IdentifierException(key, $"{DataElementDictionary.KeywordOf(key)} takes no wildcard at this level");
        return value;
    }
}
