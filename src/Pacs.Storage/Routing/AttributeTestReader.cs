using System.Text.RegularExpressions;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;
using Pacs.Storage.Queries.Matching;

namespace Pacs.Storage.Routing;

/// <summary>Reads what is asked of one attribute into conditions of the query engine.</summary>
/// <param name="c">The condition.</param>
/// <param name="name">Of its member, for faults.</param>
/// <param name="faults">Takes what is wrong.</param>
internal sealed class AttributeTestReader(RoutingCondition c, string name, ICollection<string> faults)
{
    private const int MaxPattern = 256;

    /// <summary>Null when something is wrong.</summary>
    public Func<DicomDataset, bool>? Read()
    {
        if (AttributeName.Parse(c.Attribute!, c.PrivateCreator, out var fault) is not { } attribute)
        {
            faults.Add($"{name}: {fault}");
            return null;
        }
        var before = faults.Count;
        var conditions = new List<Condition>();
        if (c.EqualTo is { } equal) Add([.. equal.Select(v => Equal(attribute, v)).OfType<ValueTest>()]);
        if (c.Matches is { } matches) Add(Tests(attribute, matches));
        if (c.From is not null || c.To is not null) Add(Range(attribute));
        if (c.Regex is { } regex && Compile(regex) is { } pattern) Add([new IsFound(pattern)]);
        if (c.IsPresent is true) conditions.Add(attribute.Condition(tag => new FilledCondition(tag)));
        var absent = c.IsPresent is false ? attribute.Condition(tag => new FilledCondition(tag)) : null;
        if (attribute.Vr is Vr.SQ or Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW && conditions.Any(x => x is not FilledCondition) && c.IsPresent is null)
            faults.Add($"{name}: of a sequence or of binary data only \"isPresent\" can be asked.");
        if (conditions.Count == 0 && absent is null && faults.Count == before)
            faults.Add($"{name}: say what it has to be: \"equalTo\", \"matches\", \"from\", \"to\", \"regex\" or \"isPresent\".");
        if (absent is not null && conditions.Count > 0) faults.Add($"{name}: what has no value passes no other test.");
        if (faults.Count > before) return null;
        return dataset => DatasetMatcher.Matches(dataset, conditions) && (absent is null || !DatasetMatcher.Matches(dataset, absent));

        void Add(IReadOnlyList<ValueTest> tests)
        {
            if (tests.Count > 0) conditions.Add(attribute.Condition(tag => new ValueCondition(tag, attribute.Vr, tests)));
        }
    }

    private ValueTest? Equal(AttributeName attribute, string value)
    {
        if (attribute.Vr == Vr.PN) return new IsSameName(PersonName.Fold(value));
        return attribute.Vr is Vr.DA or Vr.TM or Vr.DT || attribute.Vr.NumberSize > 0 || attribute.Vr is Vr.IS or Vr.DS
            ? Tests(attribute, [value]) is [var test, ..] ? test : null
            : new IsExactly(value);
    }

    private IReadOnlyList<ValueTest> Tests(AttributeName attribute, IReadOnlyList<string> values)
    {
        try
        {
            var read = ConditionReader.Read(new QuerySpec(QueryLevel.Instance) { Keys = [new MatchingKey(new AttributePath(attribute.Tag), attribute.Vr, values)] });
            if (read is [ValueCondition { AnyOf: var tests }]) return tests;
            faults.Add($"{name}: matches everything; ask whether it is present instead.");
        }
        catch (QueryException e)
        {
            faults.Add($"{name}: {e.Message}");
        }
        return [];
    }

    private IReadOnlyList<ValueTest> Range(AttributeName attribute)
    {
        if (attribute.Vr is Vr.DA or Vr.TM or Vr.DT) return Tests(attribute, [$"{c.From}-{c.To}"]);
        decimal? from = null, to = null;
        if (c.From is not null) from = Number(c.From);
        if (c.To is not null) to = Number(c.To);
        return [new IsNumberWithin(from, to)];
    }

    private decimal? Number(string text)
    {
        if (IsNumber.TryParse(text, out var number)) return number;
        faults.Add($"{name}: \"from\" and \"to\" are numbers, or of a date or time attribute dates (YYYYMMDD) or times (HHMMSS).");
        return null;
    }

    private Regex? Compile(string pattern)
    {
        try
        {
            if (pattern.Length is > 0 and <= MaxPattern) return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            faults.Add($"{name}: \"regex\" has 1 to {MaxPattern} characters.");
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            faults.Add($"{name}: \"regex\" is no regular expression that can be matched without backtracking: {e.Message}");
        }
        return null;
    }
}
