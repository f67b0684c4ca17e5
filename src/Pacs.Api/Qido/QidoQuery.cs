using System.Globalization;
using Pacs.Api.Errors;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Hosting;
using Pacs.Storage.Queries;

namespace Pacs.Api.Qido;

/// <summary>A search URL, read (PS3.18 §8.3.4, §10.6.1).</summary>
/// <param name="Spec">What the query engine is asked; its limit is one more than the page, to know whether there are more.</param>
/// <param name="PageSize">Matches to answer with at most; null for all of a study.</param>
/// <param name="Remarks">What was asked for and is not done, a sentence each: for Warning headers.</param>
internal sealed record QidoQuery(QuerySpec Spec, int? PageSize, IReadOnlyList<string> Remarks)
{
    /// <summary>Offsets are taken as far as numbers go, with room for a page.</summary>
    private const int MaxOffset = 1_000_000_000;

    /// <summary>Names that a remark repeats.</summary>
    private const int NamesTold = 8;

    /// <summary>Reads the query string and the UIDs of the path.</summary>
    /// <exception cref="ApiException">400: a parameter is no attribute, is repeated or has no valid value.</exception>
    public static QidoQuery Parse(QueryLevel level, IQueryCollection query, string? studyUid, string? seriesUid, QueryOptions options)
    {
        var reader = new Reader(level);
        foreach (var (name, values) in query) reader.Take(name, values);
        return reader.ToQuery(studyUid, seriesUid, options);
    }

    private sealed class Reader(QueryLevel level)
    {
        private readonly List<MatchingKey> _keys = [];
        private readonly HashSet<AttributePath> _named = [];
        private readonly List<AttributePath> _include = [];
        private readonly List<PrivateBlock> _blocks = [];
        private readonly List<string> _unknown = [], _left = [];
        private int? _limit;
        private int _offset;
        private TimeSpan? _offsetFromUtc;
        private bool _all, _fuzzy, _emptyValue, _multipleValue;

        public void Take(string name, Microsoft.Extensions.Primitives.StringValues values)
        {
            switch (name.ToLowerInvariant())
            {
                case "limit":
                    _limit = Number(name, Single(name, values));
                    break;
                case "offset":
                    _offset = Math.Min(Number(name, Single(name, values)), MaxOffset);
                    break;
                case "fuzzymatching":
                    _fuzzy = Flag(name, Single(name, values));
                    break;
                case "emptyvaluematching":
                    _emptyValue = Flag(name, Single(name, values));
                    break;
                case "multiplevaluematching":
                    _multipleValue = Flag(name, Single(name, values));
                    break;
                case "includefield":
                    foreach (var field in values.SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))) Include(field);
                    break;
                case "accept" or "charset":
                    break;
                default:
                    if (IsAttribute(name)) Match(name, Single(name, values));
                    else _unknown.Add(name);
                    break;
            }
        }

        public QidoQuery ToQuery(string? studyUid, string? seriesUid, QueryOptions options)
        {
            List<MatchingKey> path = [];
            if (studyUid is not null) path.Add(UidKey(Tags.StudyInstanceUID, "Study", studyUid));
            if (seriesUid is not null) path.Add(UidKey(Tags.SeriesInstanceUID, "Series", seriesUid));
            CheckPrivate();

            // What is within one study is never cut unasked: its viewer has to get all of it.
            int? page = _limit is null && studyUid is not null ? null : Math.Min(_limit ?? options.MaxPageSize, options.MaxPageSize);
            var wanted = QidoAttributes.For(level, studyUid is not null, seriesUid is not null).Select(t => new AttributePath(t))
                .Concat(_keys.Select(k => k.Path)).Concat(_include).Concat(_include.Where(IsPrivateElement).Select(CreatorOf)).Concat(_blocks.Select(b => b.Creator));
            var spec = new QuerySpec(level)
            {
                Keys = [.. path, .. _keys.Where(k => !NamesABlockOnly(k))],
                Return = [.. wanted.Distinct()],
                ReturnAll = _all,
                Limit = page + 1,
                Offset = _offset,
                FuzzyMatching = _fuzzy,
                CombinedDateTime = true,
                EmptyValueMatching = _emptyValue,
                MultipleValueMatching = _multipleValue,
                TimezoneOffset = _offsetFromUtc,
                PrivateBlocks = _blocks,
            };
            return new QidoQuery(spec, page, [.. Remark(_unknown, "is no parameter of a search", "are no parameters of a search"),
                .. Remark(_left, "is not answered by this search", "are not answered by this search")]);
        }

        private void Match(string name, string value)
        {
            var key = QidoKey.Read(name, value);
            if (key.Path is { IsNested: false, Attribute: var tag } && IsAboutTheRequest(tag))
            {
                _unknown.Add(name);
                return;
            }
            if (!QueryEngine.CanMatch(level, key.Path)) throw ApiException.BadRequest($"{QidoKey.Printable(name)} is no matching key of this search: it belongs to a lower level, or is none that is kept.");
            if (!_named.Add(key.Path)) throw ApiException.BadRequest($"The attribute {key.Path} is asked for twice, by keyword and by number: give each key once.");
            // The clock that the dates and times of the other keys are of (PS3.18 §8.3.4.1).
            if (key.Path == new AttributePath(Tags.TimezoneOffsetFromUTC))
            {
                _offsetFromUtc = OffsetFromUtc(key);
                return;
            }
            if (key is { Path.Attribute.IsPrivateCreator: true, Values: [var creator] } && !creator.AsSpan().ContainsAny('*', '?')) _blocks.Add(new PrivateBlock(key.Path, creator));
            _keys.Add(key);
        }

        private void Include(string field)
        {
            if (field.Equals("all", StringComparison.OrdinalIgnoreCase)) _all = true;
            else if (QidoKey.Path(field) is var path && QueryEngine.CanMatch(level, path)) _include.Add(path);
            else _left.Add(field);
        }

        /// <summary>Private elements mean something beside their creator only (PS3.5 §7.8.1).</summary>
        private void CheckPrivate()
        {
            foreach (var key in _keys.Where(k => IsPrivateElement(k.Path) && k.Values.Count > 0))
                if (!_blocks.Exists(b => b.Creator == CreatorOf(key.Path)))
                    throw ApiException.BadRequest($"{key.Path} is a private attribute: name its creator as well, as {CreatorOf(key.Path)}=NAME.");
        }

        /// <summary>A creator beside attributes of its block that are wanted, none of which is matched, says which they are and no more.</summary>
        private bool NamesABlockOnly(MatchingKey key) =>
            _blocks.Exists(b => b.Creator == key.Path) && _include.Exists(p => IsPrivateElement(p) && CreatorOf(p) == key.Path)
            && !_keys.Exists(k => k.Values.Count > 0 && IsPrivateElement(k.Path) && CreatorOf(k.Path) == key.Path);

        private static bool IsPrivateElement(AttributePath path) => path.Attribute is { IsPrivate: true, IsPrivateCreator: false };

        /// <summary>The element that names the creator of a private one: (0029,0010) for (0029,1001).</summary>
        private static AttributePath CreatorOf(AttributePath path) =>
            new([.. path.Tags.SkipLast(1), new Tag(path.Attribute.Group, (ushort)(path.Attribute.Element >> 8))]);
    }

    /// <summary>
    /// What looks like an attribute has to be one, and so has what would be but for its case. Other names are parameters of
    /// something else, which proxies and clients add: they are told of and left out.
    /// </summary>
    private static bool IsAttribute(string name) =>
        name.Length == 0 || char.IsAsciiLetterUpper(name[0]) || char.IsAsciiDigit(name[0]) || name.Contains('.', StringComparison.Ordinal)
        || DataElementDictionary.TryParse(name, out _) || QidoKey.IsNearlyKeyword(name);

    /// <summary>Of C-FIND identifiers; here the URL says all of it.</summary>
    private static bool IsAboutTheRequest(Tag tag) =>
        tag == Tags.SpecificCharacterSet || tag == Tags.QueryRetrieveLevel || tag == Tags.QueryRetrieveView || tag == Tags.RetrieveAETitle || tag == Tags.RetrieveURL;

    private static IEnumerable<string> Remark(List<string> names, string one, string several)
    {
        if (names.Count == 0) yield break;
        var told = string.Join(", ", names.Take(NamesTold).Select(QidoKey.Printable));
        if (names.Count > NamesTold) told += $" and {names.Count - NamesTold} more";
        yield return names.Count == 1 ? $"{told} {one}, and has been ignored." : $"{told} {several}, and have been ignored.";
    }

    /// <summary>A plus sign that was not escaped arrives as a space, which is gone here.</summary>
    private static TimeSpan? OffsetFromUtc(MatchingKey key)
    {
        if (key.Values is []) return null;
        return key.Values is [var text] && DicomDateTime.TryOffset(text.Length == 4 ? "+" + text : text, out var offset) ? offset
            : throw ApiException.BadRequest("TimezoneOffsetFromUTC is +HHMM or -HHMM.");
    }

    private static MatchingKey UidKey(Tag tag, string name, string uid) => Uid.IsAcceptable(uid)
        ? new MatchingKey(new AttributePath(tag), Vr.UI, [uid])
        : throw ApiException.BadRequest($"The {name} Instance UID in the path is no UID: 1 to {Uid.MaxLength} digits and dots.");

    private static string Single(string name, Microsoft.Extensions.Primitives.StringValues values) =>
        values.Count == 1 ? values[0] ?? "" : throw ApiException.BadRequest($"{QidoKey.Printable(name)} is given {values.Count} times: give it once.");

    /// <summary>Numbers beyond all that there is mean all.</summary>
    private static int Number(string name, string value) =>
        value.Length > 0 && value.All(char.IsAsciiDigit)
            ? int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue
            : throw ApiException.BadRequest($"{name} is a whole number from 0.");

    private static bool Flag(string name, string value) => value.ToLowerInvariant() switch
    {
        "true" => true,
        "false" => false,
        _ => throw ApiException.BadRequest($"{name} is true or false."),
    };
}
