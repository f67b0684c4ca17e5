using System.Globalization;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries.Matching;

namespace Pacs.Storage.Queries.Sql;

/// <summary>Writes conditions on columns as SQL, meaning what <see cref="DatasetMatcher"/> means.</summary>
internal static class ConditionSql
{
    /// <summary>Of <c>pg_trgm.word_similarity_threshold</c>: lower than <see cref="NameLikeness.Threshold"/>, so that SQL leaves nothing out.</summary>
    public const string LikenessThreshold = "0.25";

    public static string Write(QueryColumn column, ValueCondition condition, SqlParameters parameters)
    {
        if (condition.AnyOf.All(t => t is IsExactly))
            return WriteExactly(column, [.. condition.AnyOf.Cast<IsExactly>().Select(t => t.Value)], parameters);
        return Or(condition.AnyOf.Select(t => Write(column, t, parameters)));
    }

    /// <summary>A date and a time column as one moment. The bound on the date alone is what an index can use.</summary>
    public static string Write(QueryColumn date, QueryColumn time, MomentCondition condition, SqlParameters parameters)
    {
        var sql = new List<string> { $"{date.Sql} <> ''" };
        if (condition.Range.From is { } from)
        {
            var (day, hour) = (parameters.Add(Text(DateOnly.FromDateTime(from))), parameters.Add(Text(TimeOnly.FromDateTime(from))));
            sql.Add($"{date.Sql} >= {day} AND ({date.Sql} > {day} OR {time.Sql} >= {hour})");
        }
        if (condition.Range.To is { } to)
        {
            var (day, hour) = (parameters.Add(Text(DateOnly.FromDateTime(to))), parameters.Add(Text(TimeOnly.FromDateTime(to))));
            sql.Add($"{date.Sql} <= {day} AND ({date.Sql} < {day} OR ({time.Sql} <> '' AND {time.Sql} <= {hour}))");
        }
        return And(sql);
    }

    /// <summary>Of a date or number that was none the column is empty as well: more than what matches.</summary>
    public static string WriteEmpty(QueryColumn column) => column.Kind switch
    {
        ColumnKind.Number => $"{column.Sql} IS NULL",
        ColumnKind.TextArray => $"cardinality({column.Sql}) = 0",
        ColumnKind.Modalities => $"NOT {WriteSeries("m.modality <> ''")}",
        _ => $"{column.Sql} = ''",
    };

    private static string WriteExactly(QueryColumn column, string[] values, SqlParameters parameters) => (column.Kind, values) switch
    {
        // An empty column is an absent value, which no key matches; saying so lets the planner use partial indexes.
        (ColumnKind.Text, [var only]) => $"{column.Sql} = {parameters.Add(only)}",
        (ColumnKind.Text, _) => $"{column.Sql} = ANY ({parameters.Add(values)}) AND {column.Sql} <> ''",
        (ColumnKind.TextArray, _) => $"{column.Sql} && {parameters.Add(values)}",
        (ColumnKind.Modalities, [var only]) => WriteSeries($"m.modality = {parameters.Add(only)}"),
        (ColumnKind.Modalities, _) => WriteSeries($"m.modality = ANY ({parameters.Add(values)})"),
        _ => throw Mismatch(column, typeof(IsExactly)),
    };

    private static string Write(QueryColumn column, ValueTest test, SqlParameters parameters) => (column.Kind, test) switch
    {
        (ColumnKind.Text or ColumnKind.TextArray or ColumnKind.Modalities, IsExactly t) => WriteExactly(column, [t.Value], parameters),
        (ColumnKind.Text, IsLike t) => $"{column.Sql} LIKE {parameters.Add(t.Pattern.ToLike())} AND {column.Sql} <> ''",
        (ColumnKind.TextArray, IsLike t) => $"EXISTS (SELECT FROM unnest({column.Sql}) v WHERE v LIKE {parameters.Add(t.Pattern.ToLike())})",
        (ColumnKind.Modalities, IsLike t) => WriteSeries($"m.modality LIKE {parameters.Add(t.Pattern.ToLike())}"),
        (ColumnKind.Number, IsNumber t) => t.Value == decimal.Truncate(t.Value) && t.Value is >= long.MinValue and <= long.MaxValue
            ? $"{column.Sql} = {parameters.Add((long)t.Value)}" : "false",
        (ColumnKind.Date, IsDateWithin t) => WriteRange(column, Map(t.Range.From, Text), Map(t.Range.To, Text), parameters),
        (ColumnKind.Time, IsTimeWithin t) => WriteRange(column, Map(t.Range.From, Text), Map(t.Range.To, Text), parameters),
        (ColumnKind.Name, IsName t) => WriteName(column, t, parameters),
        _ => throw Mismatch(column, test.GetType()),
    };

    private static string WriteSeries(string condition) => $"EXISTS (SELECT FROM series m WHERE m.study_key = s.id AND {condition})";

    private static string WriteRange(QueryColumn column, string? from, string? to, SqlParameters parameters)
    {
        if (from is not null && from == to) return $"{column.Sql} = {parameters.Add(from)}";
        var sql = new List<string>();
        // Without a lower bound, empty values would be below the upper one.
        sql.Add(from is null ? $"{column.Sql} <> ''" : $"{column.Sql} >= {parameters.Add(from)}");
        if (to is not null) sql.Add($"{column.Sql} <= {parameters.Add(to)}");
        return And(sql);
    }

    private static string WriteName(QueryColumn column, IsName test, SqlParameters parameters)
    {
        var pattern = test.Pattern;
        var literal = pattern.AnyGroup is { } any
            ? Or(Enumerable.Range(0, 3).Select(group => WriteGroup(column, group, any, parameters)))
            : And(pattern.Groups.Select(g => g.Group < 3 ? WriteGroup(column, g.Group, g.Pattern, parameters) : "false"));
        if (!test.OrLike) return literal;
        var words = NameLikeness.Words(pattern.Folded).Select(parameters.Add)
            .Select(word => Or(Enumerable.Range(0, 3).Select(group => $"{word} <% {Group(column, group)}"))).ToList();
        return words.Count == 0 ? literal : Or([literal, And(words)]);
    }

    private static string WriteGroup(QueryColumn column, int group, WildcardPattern pattern, SqlParameters parameters)
    {
        var value = Group(column, group);
        var match = WildcardPattern.IsWildcard(pattern.Text) ? $"{value} LIKE {parameters.Add(pattern.ToLike())}" : $"{value} = {parameters.Add(pattern.Text)}";
        // Few names have more than one group: saying so lets the planner use the small index of those that do.
        return group == 0 ? match : $"{match} AND {value} <> ''";
    }

    /// <summary>The expression that the indexes on component groups are made of.</summary>
    private static string Group(QueryColumn column, int group) =>
        string.Create(CultureInfo.InvariantCulture, $"split_part({column.Sql}, '=', {group + 1})");

    private static string And(IEnumerable<string> terms) => $"({string.Join(" AND ", terms.Select(t => $"({t})"))})";
    private static string Or(IEnumerable<string> terms) => $"({string.Join(" OR ", terms.Select(t => $"({t})"))})";

    private static string? Map<T>(T? value, Func<T, string> text) where T : struct => value is { } v ? text(v) : null;
    private static string Text(DateOnly date) => date.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
    private static string Text(TimeOnly time) => time.ToString("HHmmss.ffffff", CultureInfo.InvariantCulture);

    private static InvalidOperationException Mismatch(QueryColumn column, Type test) =>
        new($"{test.Name} cannot be asked of {column.Sql}, a column of {column.Kind}.");
}
