using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries.Matching;

/// <summary>Holds conditions against a data set in memory: what SQL cannot see, and the measure SQL is tested by.</summary>
internal static class DatasetMatcher
{
    public static bool Matches(DicomDataset dataset, IEnumerable<Condition> conditions, Func<DateTime, TimeSpan>? clock = null) =>
        conditions.All(c => Matches(dataset, c, clock));

    /// <param name="dataset">What is matched.</param>
    /// <param name="condition">What has to be so.</param>
    /// <param name="clock">The offset from UTC of the data set's own dates and times; null for none.</param>
    public static bool Matches(DicomDataset dataset, Condition condition, Func<DateTime, TimeSpan>? clock = null) => condition switch
    {
        ValueCondition c => Values(dataset, c.Tag).Any(value => value.Length > 0 && c.AnyOf.Any(test => test.Accepts(value))),
        EmptyCondition c => IsEmpty(dataset[c.Tag]),
        FilledCondition c => !IsEmpty(dataset[c.Tag]),
        PrivateCondition c => PrivateTag.Find(dataset, c.Creator, c.Tag) is { } tag && Matches(dataset, c.Of(tag), clock),
        ItemCondition c => dataset.GetItems(c.Sequence) is { Count: > 0 } items ? items.Any(item => Matches(item, c.All, clock)) : AsksForNothing(c),
        MomentCondition c => Matches(dataset, c),
        ZonedCondition c => Moments(dataset, c).Any(m => Matches(m.Offset is null ? m with { Offset = clock?.Invoke(m.Start) ?? TimeSpan.Zero } : m, c)),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "Not a condition."),
    };

    /// <summary>
    /// The clock of an object: its Timezone Offset From UTC (0008,0201), or, for want of that, the place's.
    /// </summary>
    public static Func<DateTime, TimeSpan> ClockOf(DicomDataset dataset, TimeZoneInfo place) =>
        DicomDateTime.TryOffset(dataset.GetString(Tags.TimezoneOffsetFromUTC), out var offset) ? _ => offset : place.GetUtcOffset;

    private static IEnumerable<DicomDateTime> Moments(DicomDataset dataset, ZonedCondition condition)
    {
        if (condition.Time is not { } timeTag)
        {
            foreach (var value in dataset.GetStrings(condition.Date))
                if (DicomDateTime.TryParse(value, out var moment)) yield return moment;
            yield break;
        }
        if (!DicomDate.TryParse(dataset.GetString(condition.Date), out var date)) yield break;
        // The time keeps its precision; without one the moment lasts all day.
        var time = (dataset.GetString(timeTag) ?? "").Replace(":", "", StringComparison.Ordinal);
        if (DicomDateTime.TryParse(DicomDate.Format(date) + time, out var whole) || DicomDateTime.TryParse(DicomDate.Format(date), out whole)) yield return whole;
    }

    private static bool Matches(DicomDateTime moment, ZonedCondition condition)
    {
        var (start, end) = moment.In(condition.Offset) is var shown ? (shown.Start, shown.End) : default;
        return condition.Moments.Any(r => (r.From is not { } from || end >= from) && (r.To is not { } to || start <= to))
            || (end - start < TimeSpan.FromHours(1) && condition.TimesOfDay.Any(r => r.Contains(TimeOnly.FromDateTime(start))));
    }

    /// <summary>Of a private element that came without a VR (Implicit VR) as the text that it may be.</summary>
    private static IReadOnlyList<string> Values(DicomDataset dataset, Tag tag) =>
        tag.IsPrivate && dataset[tag] is ValueElement { Vr: Vr.UN } element
            ? [dataset.CharacterSet.Decode(element.Value.Span, Vr.LT).Trim(' ', '\0')] : dataset.GetStrings(tag);

    private static bool IsEmpty(DicomElement? element) => element switch
    {
        null => true,
        ValueElement value => value.Vr.IsText ? value.Value.Span.Trim(" \0\\"u8).IsEmpty : value.Value.IsEmpty,
        SequenceElement sequence => sequence.Items.Count == 0,
        _ => false,
    };

    /// <summary>What is asked to be empty in an item is not there without items either.</summary>
    private static bool AsksForNothing(ItemCondition condition) => condition.All.All(c => c is EmptyCondition || (c is ItemCondition inner && AsksForNothing(inner)));

    /// <summary>On a day within the range any time does, even none; on its first and last day the time decides.</summary>
    private static bool Matches(DicomDataset dataset, MomentCondition condition)
    {
        if (!DicomDate.TryParse(dataset.GetString(condition.Date), out var date)) return false;
        TimeOnly? time = DicomTime.TryParse(dataset.GetString(condition.Time), out var t) ? t : null;
        return (condition.Range.From is not { } from || Compare(from) >= 0) && (condition.Range.To is not { } to || Compare(to) <= 0);

        int? Compare(DateTime bound)
        {
            var day = date.CompareTo(DateOnly.FromDateTime(bound));
            return day != 0 ? day : time?.CompareTo(TimeOnly.FromDateTime(bound));
        }
    }
}
