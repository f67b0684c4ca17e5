using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Storage.DicomWeb;

/// <summary>A QIDO-RS search (PS3.18 §10.6).</summary>
/// <param name="Level">Study, Series or Instance: DICOMweb has no patients.</param>
public sealed record DicomWebQuery(QueryLevel Level)
{
    /// <summary>Only in this study.</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>Only in this series; its study is given as well.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>Attributes as PatientID or 00100020, in sequences as RequestAttributesSequence.ScheduledProcedureStepID, and what they are to be: several values of a UID with commas between.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Keys { get; init; } = [];

    /// <summary>Attributes that answers are to have besides those of the standard; "all" for all.</summary>
    public IReadOnlyList<string> IncludeFields { get; init; } = [];

    /// <summary>Names match by likeness, where the server can.</summary>
    public bool FuzzyMatching { get; init; }

    /// <summary>At most so many answers; more are left out. Default 100,000.</summary>
    public int Limit { get; init; } = 100_000;

    /// <summary>What the query engine is asked, as a search: without its limit and offset. Patients are asked for as studies, each once per study.</summary>
    public static DicomWebQuery Of(QuerySpec query)
    {
        var level = query.Level == QueryLevel.Patient ? QueryLevel.Study : query.Level;
        var study = level > QueryLevel.Study ? Single(Tags.StudyInstanceUID) : null;
        var series = study is not null && level > QueryLevel.Series ? Single(Tags.SeriesInstanceUID) : null;
        return new DicomWebQuery(level)
        {
            StudyInstanceUid = study,
            SeriesInstanceUid = series,
            // What is in the path is no key as well.
            Keys = [.. query.Keys
                .Where(k => k.Values.Count > 0 && !(study is not null && Is(k, Tags.StudyInstanceUID)) && !(series is not null && Is(k, Tags.SeriesInstanceUID)))
                .Select(k => new KeyValuePair<string, string>(string.Join('.', k.Path.Tags.Select(NameOf)), string.Join(k.Vr == Vr.UI ? ',' : '\\', k.Values)))],
            IncludeFields = query.ReturnAll ? ["all"] : [.. query.Return.Select(p => NameOf(p.Tags[0])).Distinct()],
            FuzzyMatching = query.FuzzyMatching,
        };

        string? Single(Tag tag) => query.Keys.FirstOrDefault(k => Is(k, tag)) is { Values: [var uid] } && Uid.IsAcceptable(uid) ? uid : null;
        static bool Is(MatchingKey key, Tag tag) => !key.Path.IsNested && key.Path.Attribute == tag;
    }

    /// <summary>Below the server's root, without the page.</summary>
    /// <exception cref="ArgumentException">Study or series is no UID.</exception>
    internal string Path
    {
        get
        {
            // They become part of an address.
            if (StudyInstanceUid is not null) _ = new DicomWebResource(StudyInstanceUid, SeriesInstanceUid);
            var resource = (Level, StudyInstanceUid, SeriesInstanceUid) switch
            {
                (QueryLevel.Study, _, _) => "studies",
                (QueryLevel.Series, null, _) => "series",
                (QueryLevel.Series, { } study, _) => $"studies/{study}/series",
                (QueryLevel.Instance, null, _) => "instances",
                (QueryLevel.Instance, { } study, null) => $"studies/{study}/instances",
                (QueryLevel.Instance, { } study, { } series) => $"studies/{study}/series/{series}/instances",
                _ => throw new InvalidOperationException("DICOMweb has no patients."),
            };
            IEnumerable<string> parameters =
            [
                .. Keys.Select(k => $"{Uri.EscapeDataString(k.Key)}={Uri.EscapeDataString(k.Value)}"),
                .. IncludeFields.Select(f => $"includefield={Uri.EscapeDataString(f)}"),
                .. FuzzyMatching ? ["fuzzymatching=true"] : Array.Empty<string>(),
            ];
            return $"{resource}?{string.Join('&', parameters)}";
        }
    }

    /// <summary>Its keyword; eight digits where it has none.</summary>
    internal static string NameOf(Tag tag) => DataElementDictionary.KeywordOf(tag) is { Length: > 0 } keyword ? keyword : tag.ToHex();
}
