using System.Text;
using System.Text.Json;
using Npgsql;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries.Matching;

namespace Pacs.Storage.Queries.Sql;

/// <summary>
/// The statement of a query. A common table expression finds and orders the keys of one batch, so that rows which are
/// left out or skipped cost no more than an index entry; what to read of them is joined afterwards.
/// </summary>
internal sealed class QueryStatement
{
    // Rows without a number come last.
    private const string NoNumber = "9223372036854775807";

    /// <summary>Rows that are sorted within some 20 ms.</summary>
    private const int FewRows = 20_000;

    /// <summary>The order of each level as SQL and the tables' keys in it: newest study first, then by number.</summary>
    private static readonly string[][] OrderKeys =
    [
        ["p.id"],
        ["s.id"],
        ["r.study_key", $"coalesce(r.series_number, {NoNumber})", "r.id"],
        ["r.study_key", $"coalesce(r.series_number, {NoNumber})", "r.id", $"coalesce(i.instance_number, {NoNumber})", "i.id"],
    ];

    private static readonly string[] RowJoins =
    [
        "JOIN patients p ON p.id = k0",
        "JOIN studies s ON s.id = k0 JOIN patients p ON p.id = s.patient_key",
        "JOIN series r ON r.id = k2 JOIN studies s ON s.id = k0 JOIN patients p ON p.id = s.patient_key",
        "JOIN instances i ON i.id = k4 JOIN series r ON r.id = k2 JOIN studies s ON s.id = k0 JOIN patients p ON p.id = s.patient_key",
    ];

    private readonly QueryLevel _level;
    private readonly QueryLevel _highest;
    private readonly List<string> _where = [];
    private readonly SqlParameters _parameters = new();
    private readonly Selection _selection;
    private readonly bool _isFuzzy;
    private bool _followsArrival;
    private bool _sorts;

    public QueryStatement(QuerySpec query, IEnumerable<Condition> conditions, Selection selection)
    {
        (_level, _highest, _selection, _isFuzzy) = (query.Level, query.Level, selection, query.FuzzyMatching);
        foreach (var condition in conditions)
        {
            var (column, sql) = Write(condition);
            _where.Add(sql);
            _followsArrival |= column.FollowsArrival && !IsExact(condition);
            if (column.Level < _highest && column.Sql.Contains('.', StringComparison.Ordinal)) _highest = column.Level;
        }
    }

    /// <summary>Whether SQL can say it.</summary>
    public static bool CanWrite(Condition condition) => condition switch
    {
        ValueCondition c => QueryColumns.Find(c.Tag) is not null,
        EmptyCondition c => QueryColumns.Find(c.Tag) is not null,
        ZonedCondition c => c is { Time: not null, Moments.Count: > 0 } && QueryColumns.Find(c.Date) is not null,
        MomentCondition c => QueryColumns.Find(c.Date) is not null && QueryColumns.Find(c.Time) is not null,
        _ => false,
    };

    /// <summary>Whether what SQL finds is more than what matches.</summary>
    public static bool IsLoose(Condition condition) => condition is EmptyCondition or ZonedCondition || (condition is ValueCondition c && c.AnyOf.Any(t => t is IsName { OrLike: true }));

    /// <summary>Columns at the front of each row that are its place in the order.</summary>
    public int KeyCount => OrderKeys[(int)_level].Length;

    /// <summary>
    /// Decides how to find the newest: by walking from the newest, or, when few rows match in places the planner cannot
    /// know of, by sorting all that match.
    /// </summary>
    public async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (!_followsArrival) return;
        await using var command = new NpgsqlCommand($"EXPLAIN (FORMAT JSON) SELECT FROM {Tables(isOrdered: true)}{Where(_where)}", connection);
        _parameters.CopyTo(command.Parameters);
        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(cancellation))!);
        _sorts = plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble() < FewRows;
    }

    /// <param name="connection">Where to run it.</param>
    /// <param name="after">Order keys of the last row before this batch; null to begin.</param>
    /// <param name="limit">Rows at most.</param>
    /// <param name="offset">Rows to skip before.</param>
    public NpgsqlBatch ToBatch(NpgsqlConnection connection, long[]? after, int limit, int offset) =>
        ToBatch(connection, parameters => Text(after, limit, offset, parameters));

    /// <summary>Counts the rows after the offset, up to the limit.</summary>
    public NpgsqlBatch ToCount(NpgsqlConnection connection, int limit, int offset) => ToBatch(connection, parameters =>
        $"SELECT count(*) FROM (SELECT FROM {Tables(isOrdered: false)}{Where(_where)} LIMIT {Add(parameters, limit)} OFFSET {Add(parameters, offset)}) x");

    private NpgsqlBatch ToBatch(NpgsqlConnection connection, Func<NpgsqlParameterCollection, string> text)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        if (_isFuzzy) batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT set_config('pg_trgm.word_similarity_threshold', '{ConditionSql.LikenessThreshold}', true)"));
        var command = new NpgsqlBatchCommand();
        _parameters.CopyTo(command.Parameters);
        command.CommandText = text(command.Parameters);
        batch.BatchCommands.Add(command);
        return batch;
    }

    private (QueryColumn Column, string Sql) Write(Condition condition)
    {
        if (condition is MomentCondition moment)
        {
            var date = QueryColumns.Find(moment.Date)!;
            return (date, ConditionSql.Write(date, QueryColumns.Find(moment.Time)!, moment, _parameters));
        }
        if (condition is EmptyCondition empty)
        {
            var emptyColumn = QueryColumns.Find(empty.Tag)!.At(_level);
            return (emptyColumn, ConditionSql.WriteEmpty(emptyColumn));
        }
        var value = condition is ZonedCondition zoned ? new ValueCondition(zoned.Date, Vr.DA, [.. zoned.Moments.Select(Dates)]) : (ValueCondition)condition;
        var column = QueryColumns.Find(value.Tag)!.At(_level);
        return (column, ConditionSql.Write(column, value, _parameters));
    }

    /// <summary>Days on which a moment of the range can be by some clock: there are 26 hours between the first and the last.</summary>
    private static IsDateWithin Dates(ValueRange<DateTime> moments) => new(new ValueRange<DateOnly>(
        moments.From is { } from ? DateOnly.FromDayNumber(Math.Max(DateOnly.FromDateTime(from).DayNumber - 2, 0)) : null,
        moments.To is { } to ? DateOnly.FromDayNumber(Math.Min(DateOnly.FromDateTime(to).DayNumber + 2, DateOnly.MaxValue.DayNumber)) : null));

    private string Text(long[]? after, int limit, int offset, NpgsqlParameterCollection parameters)
    {
        var keys = OrderKeys[(int)_level];
        var sql = new StringBuilder("WITH page AS (SELECT ");
        sql.AppendJoin(", ", keys.Select((key, n) => $"{key} AS k{n}"));
        sql.Append(" FROM ").Append(Tables(isOrdered: true));
        var where = after is null ? _where : [.. _where, After(keys, [.. after.Select(key => Add(parameters, key))])];
        sql.Append(Where(where));
        // An order that no index has makes the planner sort.
        sql.Append(" ORDER BY ").Append(Order(_sorts ? [$"{keys[0]} + 0", .. keys[1..]] : keys));
        sql.Append(" LIMIT ").Append(Add(parameters, limit));
        if (offset > 0) sql.Append(" OFFSET ").Append(Add(parameters, offset));
        sql.Append(") SELECT ").AppendJoin(", ", keys.Select((_, n) => $"k{n}"));
        foreach (var expression in Selected()) sql.Append(", ").Append(expression);
        sql.Append(" FROM page ").Append(RowJoins[(int)_level]);
        sql.Append(" ORDER BY ").Append(Order([.. keys.Select((_, n) => $"k{n}")]));
        return sql.ToString();
    }

    /// <summary>Tables that conditions need, and the order: that of instances is by their series first.</summary>
    private string Tables(bool isOrdered)
    {
        string[] joins = ["patients p", "studies s", "series r", "instances i"];
        string[] up = ["", " JOIN patients p ON p.id = s.patient_key", " JOIN studies s ON s.id = r.study_key", " JOIN series r ON r.id = i.series_key"];
        var lowest = (int)_level;
        var highest = isOrdered && _level == QueryLevel.Instance ? Math.Min((int)_highest, (int)QueryLevel.Series) : (int)_highest;
        var sql = new StringBuilder(joins[lowest]);
        for (var level = lowest; level > highest; level--) sql.Append(up[level]);
        return sql.ToString();
    }

    private IEnumerable<string> Selected()
    {
        if (_selection.Needs(QueryLevel.Patient)) yield return "p.attributes";
        if (_selection.Needs(QueryLevel.Study)) yield return "s.attributes";
        if (_selection.Needs(QueryLevel.Series)) yield return "r.attributes";
        if (_selection.Needs(QueryLevel.Instance)) yield return "i.header, i.blob_key, i.transfer_syntax_uid, i.dataset_offset";
        foreach (var column in _selection.Columns) yield return column.At(_level).Sql;
    }

    /// <summary>The first key descends, the others ascend. The bound on the first alone is what an index can use.</summary>
    private static string After(string[] keys, string[] values) => keys.Length == 1
        ? $"{keys[0]} < {values[0]}"
        : $"{keys[0]} <= {values[0]} AND ({keys[0]} < {values[0]} OR ({string.Join(", ", keys[1..])}) > ({string.Join(", ", values[1..])}))";

    private static string Where(List<string> conditions) =>
        conditions.Count == 0 ? "" : $" WHERE {string.Join(" AND ", conditions.Select(c => $"({c})"))}";

    private static bool IsExact(Condition condition) => condition is ValueCondition c && c.AnyOf.All(t => t is IsExactly);

    private static string Order(string[] keys) => string.Join(", ", keys.Select((key, n) => n == 0 ? $"{key} DESC" : key));

    private static string Add(NpgsqlParameterCollection parameters, long value)
    {
        parameters.Add(new NpgsqlParameter<long> { TypedValue = value });
        return $"${parameters.Count}";
    }
}
