using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries.Matching;

/// <summary>Holds conditions against a data set in memory: what SQL cannot see, and the measure SQL is tested by.</summary>
internal static class DatasetMatcher
{
    public static bool Matches(DicomDataset dataset, IEnumerable<Condition> conditions) => conditions.All(c => Matches(dataset, c));

    public static bool Matches(DicomDataset dataset, Condition condition) => condition switch
    {
        ValueCondition c => dataset.GetStrings(c.Tag).Any(value => value.Length > 0 && c.AnyOf.Any(test => test.Accepts(value))),
        EmptyCondition c => IsEmpty(dataset[c.Tag]),
        ItemCondition c => dataset.GetItems(c.Sequence) is { Count: > 0 } items ? items.Any(item => Matches(item, c.All)) : AsksForNothing(c),
        MomentCondition c => Matches(dataset, c),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "Not a condition."),
    };

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
