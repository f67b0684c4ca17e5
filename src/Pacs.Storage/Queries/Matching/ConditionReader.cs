using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries.Matching;

/// <summary>Turns keys into the condition tree. Keys that match everything are left out.</summary>
internal static class ConditionReader
{
    /// <summary>Dates and the times that belong to them.</summary>
    private static readonly Dictionary<Tag, Tag> TimeOfDate = new()
    {
        [Tags.StudyDate] = Tags.StudyTime,
        [Tags.SeriesDate] = Tags.SeriesTime,
        [Tags.AcquisitionDate] = Tags.AcquisitionTime,
        [Tags.ContentDate] = Tags.ContentTime,
        [Tags.PerformedProcedureStepStartDate] = Tags.PerformedProcedureStepStartTime,
        [Tags.PresentationCreationDate] = Tags.PresentationCreationTime,
        [Tags.ScheduledProcedureStepStartDate] = Tags.ScheduledProcedureStepStartTime,
    };

    /// <exception cref="QueryException">A value is not valid for its VR.</exception>
    public static IReadOnlyList<Condition> Read(QuerySpec query) =>
        Read([.. query.Keys.Select(k => new Key(k.Path.Tags, k))], query);

    private static List<Condition> Read(IReadOnlyList<Key> keys, QuerySpec query)
    {
        var conditions = new List<Condition>();
        var direct = keys.Where(k => k.Rest.Count == 1).ToList();
        if (query.EmptyValueMatching)
        {
            conditions.AddRange(direct.Where(AsksForNothing).Select(k => new EmptyCondition(k.Rest[0])));
            direct.RemoveAll(AsksForNothing);
        }
        if (query.CombinedDateTime) CombineDatesAndTimes(direct, conditions);
        if (query.TimezoneOffset is { } offset) ReadByClock(direct, conditions, query, offset);
        foreach (var key in direct)
            foreach (var alternatives in Alternatives(key.Matching, query))
                if (ReadTests(alternatives, query.FuzzyMatching, default) is { } tests)
                    conditions.Add(new ValueCondition(key.Rest[0], key.Matching.Vr, tests));

        foreach (var sequence in keys.Where(k => k.Rest.Count > 1).GroupBy(k => k.Rest[0]))
        {
            var within = Read([.. sequence.Select(k => new Key([.. k.Rest.Skip(1)], k.Matching))], query);
            if (within.Count > 0) conditions.Add(new ItemCondition(sequence.Key, within));
        }
        return conditions;
    }

    /// <summary>Two quotation marks.</summary>
    private static bool AsksForNothing(Key key) => key.Matching.Values is ["\"\""];

    /// <summary>The key as it is, of whose values any may match; or, where all have to, a key for each (PS3.4 §C.2.2.2.8).</summary>
    private static IEnumerable<MatchingKey> Alternatives(MatchingKey key, QuerySpec query) =>
        query.MultipleValueMatching && HasSeveralValues(key) ? key.Values.Select(value => key with { Values = [value] }) : [key];

    /// <summary>What can have all of several values: of these VRs, and not of multiplicity 1. What nobody knows is taken for it.</summary>
    private static bool HasSeveralValues(MatchingKey key) =>
        key.Vr is Vr.AE or Vr.AS or Vr.AT or Vr.CS or Vr.LO or Vr.PN or Vr.SH or Vr.UC && DataElementDictionary.MultiplicityOf(key.Path.Attribute) != "1";

    /// <summary>What is left of a key's path at the present depth.</summary>
    private readonly record struct Key(IReadOnlyList<Tag> Rest, MatchingKey Matching);

    /// <summary>Null: matches everything.</summary>
    private static List<ValueTest>? ReadTests(MatchingKey key, bool fuzzy, TimeSpan offset)
    {
        var tests = new List<ValueTest>();
        foreach (var value in key.Values.Where(v => v.Length > 0))
        {
            if (WildcardPattern.IsUniversal(value)) return null;
            if (!IsText(value)) throw Invalid(key, "holds what is not text: a NUL character, or half of a surrogate pair.");
            var test = ReadTest(key, value, fuzzy, offset);
            if (test is IsName { Pattern.IsUniversal: true }) return null;
            tests.Add(test);
        }
        return tests.Count > 0 ? tests : null;
    }

    private static ValueTest ReadTest(MatchingKey key, string value, bool fuzzy, TimeSpan offset)
    {
        switch (key.Vr)
        {
            case Vr.PN:
                return new IsName(new NamePattern(value), fuzzy);
            case Vr.DA:
                return DicomDate.TryParseRange(value, out var dates) ? new IsDateWithin(dates)
                    : throw Invalid(key, "is neither a date (YYYYMMDD) nor a range of dates (YYYYMMDD-YYYYMMDD, either end may be left out).");
            case Vr.TM:
                return DicomTime.TryParseRange(value, out var times) ? new IsTimeWithin(times)
                    : throw Invalid(key, "is neither a time (HHMMSS) nor a range of times (HHMMSS-HHMMSS, either end may be left out).");
            case Vr.DT:
                return DicomDateTime.TryParseRange(value, offset, out var moments) ? new IsDateTimeWithin(moments)
                    : throw Invalid(key, "is neither a date and time (YYYYMMDDHHMMSS) nor a range of them.");
            case Vr.IS or Vr.DS or Vr.US or Vr.SS or Vr.UL or Vr.SL or Vr.UV or Vr.SV or Vr.FL or Vr.FD:
                return IsNumber.TryParse(value, out var number) ? new IsNumber(number)
                    : throw Invalid(key, "is not a number.");
            case Vr.UI or Vr.AS:
                return new IsExactly(value);
            case Vr.AT:
                return new IsExactly(value.ToUpperInvariant());
            case Vr.SQ:
                throw Invalid(key, "is of a sequence: match attributes of its items instead.");
            case Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW:
                throw Invalid(key, "is of binary data, which cannot be matched.");
            default:
                return WildcardPattern.IsWildcard(value) ? new IsLike(new WildcardPattern(value)) : new IsExactly(value);
        }
    }

    /// <summary>Takes pairs of a date and a time key out of the list and puts in what they mean together.</summary>
    private static void CombineDatesAndTimes(List<Key> keys, List<Condition> conditions)
    {
        foreach (var (date, time) in TimeOfDate)
        {
            var dateKey = keys.Find(k => k.Rest[0] == date);
            var timeKey = keys.Find(k => k.Rest[0] == time);
            if (dateKey.Matching is null || timeKey.Matching is null) continue;
            if (ReadTests(dateKey.Matching, false, default) is not [IsDateWithin { Range: var dates }]
                || ReadTests(timeKey.Matching, false, default) is not [IsTimeWithin { Range: var times }]) continue;
            keys.Remove(dateKey);
            keys.Remove(timeKey);
            conditions.Add(new MomentCondition(date, time, new(
                dates.From?.ToDateTime(times.From ?? TimeOnly.MinValue),
                dates.To?.ToDateTime(times.To ?? TimeOnly.MaxValue))));
        }
    }

    /// <summary>Takes the keys out that are of a date with a time, of a time with a date, or of both in one, and puts in what they mean by the clock that they are of.</summary>
    private static void ReadByClock(List<Key> keys, List<Condition> conditions, QuerySpec query, TimeSpan offset)
    {
        for (var i = 0; i < conditions.Count; i++)
            if (conditions[i] is MomentCondition c) conditions[i] = new ZonedCondition(c.Date, c.Time, offset) { Moments = [c.Range] };

        foreach (var key in keys.ToList())
        {
            var tag = key.Rest[0];
            ZonedCondition? unread = key.Matching.Vr == Vr.DT ? new(tag, null, offset)
                : TimeOfDate.TryGetValue(tag, out var time) ? new(tag, time, offset)
                : TimeOfDate.FirstOrDefault(p => p.Value == tag) is { Value.Value: not 0 } pair ? new(pair.Key, tag, offset) : null;
            if (unread is null) continue;
            keys.Remove(key);
            foreach (var alternatives in Alternatives(key.Matching, query))
                if (ReadTests(alternatives, false, offset) is { } tests)
                    conditions.Add(unread with { Moments = [.. tests.SelectMany(Moments)], TimesOfDay = [.. tests.OfType<IsTimeWithin>().Select(t => t.Range)] });
        }
    }

    private static IEnumerable<ValueRange<DateTime>> Moments(ValueTest test) => test switch
    {
        IsDateWithin t => [new(t.Range.From?.ToDateTime(TimeOnly.MinValue), t.Range.To?.ToDateTime(TimeOnly.MaxValue))],
        IsDateTimeWithin t => [t.Range],
        _ => [],
    };

    /// <summary>What a database can hold at all.</summary>
    private static bool IsText(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\0') return false;
            if (char.IsSurrogate(value[i]) && (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[++i]))) return false;
        }
        return true;
    }

    private static QueryException Invalid(MatchingKey key, string fault) =>
        new(QueryError.InvalidValue, $"The value of {key.Path} {fault}", key.Path.Attribute);
}
