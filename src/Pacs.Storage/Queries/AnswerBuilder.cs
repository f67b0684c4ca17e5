using System.Globalization;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries.Matching;
using Pacs.Storage.Queries.Sql;

namespace Pacs.Storage.Queries;

/// <summary>Makes an answer of what was read.</summary>
internal sealed class AnswerBuilder
{
    private readonly QuerySpec _query;
    private readonly Selection _selection;
    private readonly IReadOnlyList<Condition> _conditions;
    private readonly List<(Tag Tag, List<AttributePath> Within)> _wanted;

    public AnswerBuilder(QuerySpec query, Selection selection, IReadOnlyList<Condition> conditions)
    {
        (_query, _selection, _conditions) = (query, selection, conditions);
        _wanted = [.. query.Return.Concat(QueryColumns.UniqueKeys(query.Level).Select(t => new AttributePath(t)))
            .GroupBy(p => p.Tags[0]).Select(g => (g.Key, g.Any(p => !p.IsNested) ? [] : Inner(g)))];
    }

    /// <param name="candidate">What matches.</param>
    /// <param name="clock">The offset from UTC of its own dates and times, where they were matched by that.</param>
    public DicomDataset Build(Candidate candidate, Func<DateTime, TimeSpan>? clock)
    {
        var answer = new DicomDataset().Set(Utf8Text.CharacterSetElement);
        if (_query.ReturnAll)
            for (var level = QueryLevel.Patient; level <= _query.Level; level++)
                AddAll(answer, candidate.Attributes(level), level);
        for (var i = 0; i < _selection.Columns.Count; i++)
            AddColumn(answer, _selection.Columns[i], candidate.Columns[i]);
        foreach (var (tag, within) in _wanted)
            if (!answer.Contains(tag)) answer.Set(Find(candidate, tag, within, clock));
        return answer;
    }

    private static void AddAll(DicomDataset answer, DicomDataset attributes, QueryLevel level)
    {
        foreach (var element in attributes)
            if (element is not BulkElement && element.Tag != SpecificCharacterSet.Tag && QueryColumns.LevelOf(element.Tag) == level)
                answer.Set(Utf8Text.Convert(element, attributes));
    }

    private static void AddColumn(DicomDataset answer, QueryColumn column, object? value)
    {
        string[] values = value switch
        {
            null or "" => [],
            string[] several => several,
            IFormattable number => [number.ToString(null, CultureInfo.InvariantCulture)],
            _ => [value.ToString()!],
        };
        answer.Set(column.Tag, values);
    }

    private DicomElement Find(Candidate candidate, Tag tag, List<AttributePath> within, Func<DateTime, TimeSpan>? clock)
    {
        var level = QueryColumns.LevelOf(tag);
        return level <= _query.Level && candidate.Attributes(level) is var attributes ? Select(attributes, tag, within, _conditions, clock) : Empty(tag);
    }

    private static DicomElement Select(DicomDataset dataset, Tag tag, List<AttributePath> within, IEnumerable<Condition> conditions, Func<DateTime, TimeSpan>? clock) => dataset[tag] switch
    {
        null or BulkElement => Empty(tag),
        SequenceElement sequence when within.Count > 0 => Prune(sequence, within, [.. conditions.OfType<ItemCondition>().Where(c => c.Sequence == tag).SelectMany(c => c.All)], clock),
        var element => Utf8Text.Convert(element, dataset),
    };

    /// <summary>The items that match, with nothing but what was asked for (PS3.4 §C.2.2.2.6).</summary>
    private static SequenceElement Prune(SequenceElement sequence, List<AttributePath> wanted, IReadOnlyList<Condition> conditions, Func<DateTime, TimeSpan>? clock)
    {
        var byTag = wanted.GroupBy(p => p.Tags[0]).Select(g => (Tag: g.Key, Within: g.Any(p => !p.IsNested) ? [] : Inner(g))).ToList();
        var items = new List<DicomDataset>();
        foreach (var item in sequence.Items.Where(item => DatasetMatcher.Matches(item, conditions, clock)))
        {
            var pruned = new DicomDataset();
            foreach (var (tag, within) in byTag) pruned.Set(Select(item, tag, within, conditions, clock));
            items.Add(pruned);
        }
        return new SequenceElement(sequence.Tag, items);
    }

    private static List<AttributePath> Inner(IEnumerable<AttributePath> paths) => [.. paths.Select(p => new AttributePath([.. p.Tags.Skip(1)]))];

    private static DicomElement Empty(Tag tag) =>
        DataElementDictionary.VrOf(tag) is var vr && vr == Vr.SQ ? new SequenceElement(tag, []) : new ValueElement(tag, vr, ReadOnlyMemory<byte>.Empty);
}
