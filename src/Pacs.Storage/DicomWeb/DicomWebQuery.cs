using Pacs.Dicom.Datasets;
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

    /// <summary>The identifier of a C-FIND as a search: attributes with a value are keys, those without are to be in the answers.</summary>
    /// <param name="level">Patient is asked for as Study, each patient once per study.</param>
    /// <param name="identifier">Attributes of levels, in sequences too. Their text is decoded.</param>
    public static DicomWebQuery Of(QueryLevel level, DicomDataset identifier)
    {
        level = level == QueryLevel.Patient ? QueryLevel.Study : level;
        var (keys, fields) = (new List<KeyValuePair<string, string>>(), new List<string>());
        Collect(identifier, "", keys, fields);
        string? Single(Tag tag) => identifier.GetStrings(tag) is [var uid] && Uid.IsAcceptable(uid) ? uid : null;
        var study = level > QueryLevel.Study ? Single(Tags.StudyInstanceUID) : null;
        var series = study is not null && level > QueryLevel.Series ? Single(Tags.SeriesInstanceUID) : null;
        // What is in the path is no key as well.
        if (study is not null) keys.RemoveAll(k => k.Key == NameOf(Tags.StudyInstanceUID));
        if (series is not null) keys.RemoveAll(k => k.Key == NameOf(Tags.SeriesInstanceUID));
        return new DicomWebQuery(level) { StudyInstanceUid = study, SeriesInstanceUid = series, Keys = keys, IncludeFields = fields };
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

    private static void Collect(DicomDataset dataset, string prefix, List<KeyValuePair<string, string>> keys, List<string> fields)
    {
        foreach (var element in dataset)
        {
            // How the identifier is encoded, and what DIMSE has besides keys.
            if (element.Tag == Tags.SpecificCharacterSet || element.Tag == Tags.QueryRetrieveLevel || element.Tag == Tags.TimezoneOffsetFromUTC || element.Tag.IsGroupLength) continue;
            var name = prefix + NameOf(element.Tag);
            if (element is SequenceElement { Items: [{ Count: > 0 } item] }) Collect(item, name + ".", keys, fields);
            else if (dataset.GetStrings(element.Tag) is { Count: > 0 } values && values.Any(v => v.Length > 0))
                keys.Add(new(name, string.Join(element is ValueElement { Vr: Vr.UI } ? ',' : '\\', values)));
            else fields.Add(name);
        }
    }
}
