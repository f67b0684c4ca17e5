using System.Globalization;
using Pacs.Api.Errors;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Api.Qido;

/// <summary>A search URL, read (PS3.18 §8.3.4, §10.6.1).</summary>
/// <param name="Spec">What the query engine is asked; its limit is one more than the page, to know whether there are more.</param>
/// <param name="PageSize">Matches to answer with at most; null for all of a study.</param>
internal sealed record QidoQuery(QuerySpec Spec, int? PageSize)
{
    /// <summary>
    /// The largest page: a request for more, or one of the whole archive that names no limit, gets this many, and the warning
    /// that there are more. What is within one study is never cut unasked: its viewer has to get all of it.
    /// </summary>
    public const int MaxPageSize = 10_000;

    /// <summary>Reads the query string and the UIDs of the path.</summary>
    /// <exception cref="ApiException">400: a parameter is unknown, repeated or has no valid value.</exception>
    public static QidoQuery Parse(QueryLevel level, IQueryCollection query, string? studyUid, string? seriesUid)
    {
        var keys = new List<MatchingKey>();
        if (studyUid is not null) keys.Add(UidKey(Tags.StudyInstanceUID, studyUid));
        if (seriesUid is not null) keys.Add(UidKey(Tags.SeriesInstanceUID, seriesUid));

        var named = new HashSet<AttributePath>();
        var include = new List<AttributePath>();
        var all = false;
        int? limit = null;
        var offset = 0;
        TimeSpan? offsetFromUtc = null;
        bool fuzzy = false, emptyValue = false, multipleValue = false;
        foreach (var (name, values) in query)
        {
            switch (name)
            {
                case "limit":
                    limit = Number(name, Single(name, values));
                    break;
                case "offset":
                    offset = Math.Min(Number(name, Single(name, values)), int.MaxValue - MaxPageSize);
                    break;
                case "fuzzymatching":
                    fuzzy = Flag(name, Single(name, values));
                    break;
                case "emptyvaluematching":
                    emptyValue = Flag(name, Single(name, values));
                    break;
                case "multiplevaluematching":
                    multipleValue = Flag(name, Single(name, values));
                    break;
                case "includefield":
                    foreach (var field in values.SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
                    {
                        if (field.Equals("all", StringComparison.OrdinalIgnoreCase)) all = true;
                        else if (Path(field) is var path && QueryEngine.CanMatch(level, path)) include.Add(path);
                    }
                    break;
                case "accept" or "charset":
                    break;
                default:
                    var key = Key(name, Single(name, values));
                    if (!QueryEngine.CanMatch(level, key.Path)) throw ApiException.BadRequest($"{Printable(name)} is no matching key of this search: it belongs to a lower level, or is none that is kept.");
                    if (!named.Add(key.Path)) throw ApiException.BadRequest($"The attribute {key.Path} is asked for twice, by keyword and by number: give each key once.");
                    // The clock that the dates and times of the other keys are of (PS3.18 §8.3.4.1).
                    if (key.Path is { IsNested: false, Attribute: var tag } && tag == Tags.TimezoneOffsetFromUTC) offsetFromUtc = OffsetFromUtc(key);
                    else keys.Add(key);
                    break;
            }
        }
        int? page = limit is null && studyUid is not null ? null : Math.Min(limit ?? MaxPageSize, MaxPageSize);
        var spec = new QuerySpec(level)
        {
            Keys = keys,
            Return = [.. QidoAttributes.For(level, studyUid is not null, seriesUid is not null).Select(t => new AttributePath(t)).Concat(keys.Select(k => k.Path)).Concat(include).Distinct()],
            ReturnAll = all,
            Limit = page + 1,
            Offset = offset,
            FuzzyMatching = fuzzy,
            CombinedDateTime = true,
            EmptyValueMatching = emptyValue,
            MultipleValueMatching = multipleValue,
            TimezoneOffset = offsetFromUtc,
        };
        return new QidoQuery(spec, page);
    }

    /// <summary>A plus sign that was not escaped arrives as a space, which is gone here.</summary>
    private static TimeSpan? OffsetFromUtc(MatchingKey key)
    {
        if (key.Values is not [{ Length: > 0 } text]) return null;
        return DicomDateTime.TryOffset(text.Length == 4 ? "+" + text : text, out var offset) ? offset
            : throw ApiException.BadRequest("TimezoneOffsetFromUTC is +HHMM or -HHMM.");
    }

    private static MatchingKey UidKey(Tag tag, string uid) => new(new AttributePath(tag), Vr.UI, [uid]);

    /// <summary>A parameter that names an attribute, as the condition it is.</summary>
    internal static MatchingKey Key(string name, string value)
    {
        var path = Path(name);
        var vr = DataElementDictionary.VrOf(path.Attribute);
        IReadOnlyList<string> values = vr switch
        {
            _ when value.Length == 0 => [],
            Vr.SQ => throw ApiException.BadRequest($"{name} is a sequence: name the attribute within it, such as {name}.00080100."),
            // A list of UIDs is separated by commas here, by backslashes in DIMSE; codes can hold neither.
            Vr.UI or Vr.CS => value.Split([',', '\\'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            _ => [value.Trim(' ')],
        };
        return new MatchingKey(path, vr, values);
    }

    /// <summary>Keyword, eight hexadecimal digits, or several of them through sequences with dots between.</summary>
    private static AttributePath Path(string name)
    {
        var parts = name.Split('.');
        var tags = new Tag[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (DataElementDictionary.TryParse(parts[i], out tags[i])) continue;
            throw ApiException.BadRequest($"\"{Printable(parts[i])}\" is no attribute: name it by its keyword (PatientID) or by eight hexadecimal digits (00100020).");
        }
        if (tags.Length > 8) throw ApiException.BadRequest("An attribute lies within at most seven sequences.");
        return new AttributePath(tags);
    }

    private static string Single(string name, Microsoft.Extensions.Primitives.StringValues values) =>
        values.Count == 1 ? values[0] ?? "" : throw ApiException.BadRequest($"{Printable(name)} is given {values.Count} times: give it once.");

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ApiException.BadRequest($"{name} is a whole number from 0.");

    private static bool Flag(string name, string value) => value.ToLowerInvariant() switch
    {
        "true" => true,
        "false" => false,
        _ => throw ApiException.BadRequest($"{name} is true or false."),
    };

    private static string Printable(string text) => new([.. text.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '?')]);
}
