using System.Collections.Frozen;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries;

/// <summary>A Query/Retrieve information model (PS3.4 §C.6): its levels from the top, and the SOP classes of its services.</summary>
public sealed record InformationModel(string Find, string Move, string Get, IReadOnlyList<QueryLevel> Levels)
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
}
