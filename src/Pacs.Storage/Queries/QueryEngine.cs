using System.Runtime.CompilerServices;
using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Hosting;
using Pacs.Storage.Queries.Matching;
using Pacs.Storage.Queries.Sql;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Queries;

/// <summary>The one query engine: C-FIND, QIDO-RS, and the selection of what to retrieve.</summary>
/// <remarks>
/// Keys become conditions; those on columns become SQL, the others are held against each candidate's attributes.
/// Candidates are read in batches that continue by key, not by position: no connection or snapshot is held while a slow
/// peer takes its answers, and nothing is told twice or left out because something else came in meanwhile.
/// </remarks>
public sealed class QueryEngine
{
    private const int FirstBatch = 100;
    private const int LargestBatch = 1000;

    /// <summary>Candidates held against the keys in one go.</summary>
    private const int MissesPerPause = 64;

    /// <summary>Candidates that do not match which a count looks at.</summary>
    private const int MissesCounted = 5_000;

    private readonly NpgsqlDataSource _dataSource;
    private readonly HeaderReader _headers;
    private readonly TimeProvider _time;
    private readonly PacsOptions _options;

    internal QueryEngine(NpgsqlDataSource dataSource, HeaderReader headers, PacsOptions options, TimeProvider time) =>
        (_dataSource, _headers, _time, _options) = (dataSource, headers, time, options);

    private TimeSpan Budget => TimeSpan.FromSeconds(_options.Queries.TimeBudgetSeconds);

    /// <summary>
    /// Whether a key can be matched at the level: attributes of that level and of those above. C-FIND takes others out and
    /// says so (FF01); QIDO-RS refuses them (400).
    /// </summary>
    public static bool CanMatch(QueryLevel level, AttributePath path) => QueryColumns.LevelOf(path.Tags[0]) <= level;

    /// <summary>
    /// Matches one by one, in a stable order, each a data set in UTF-8 with what was asked for and is known; an attribute that is
    /// asked for and unknown or empty is there with no value. Unique keys of the level and above are always there.
    /// </summary>
    /// <exception cref="QueryException">The query cannot be answered as asked.</exception>
    public async IAsyncEnumerable<DicomDataset> RunAsync(QuerySpec query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var plan = Prepare(query);
        var answers = new AnswerBuilder(query, plan.Selection, plan.Conditions);
        await foreach (var candidate in FindAsync(query, plan, int.MaxValue, cancellation)) yield return answers.Build(candidate, ClockOf(candidate, query));
    }

    /// <summary>
    /// Counts the matches after the offset; the limit does not matter. The count is not exact when there are more than
    /// the ceiling, when time is up, or when too many objects would have to be read for it that do not match.
    /// </summary>
    /// <exception cref="QueryException">The query cannot be answered as asked.</exception>
    public async Task<MatchCount> CountAsync(QuerySpec query, int ceiling, CancellationToken cancellation)
    {
        query = query with { Return = [], ReturnAll = false, Limit = null };
        var plan = Prepare(query);
        var found = 0;
        try
        {
            if (plan.Unmatched.Count == 0)
            {
                found = await InTimeAsync(Budget, async (connection, limited) =>
                {
                    await using var batch = plan.Statement.ToCount(connection, ceiling + 1, query.Offset);
                    await using var reader = await batch.ExecuteReaderAsync(limited);
                    if (batch.BatchCommands.Count > 1) await reader.NextResultAsync(limited);
                    await reader.ReadAsync(limited);
                    return (int)reader.GetInt64(0);
                }, cancellation);
            }
            else
            {
                var most = (int)Math.Min((long)query.Offset + ceiling + MissesCounted, int.MaxValue);
                await foreach (var _ in FindAsync(query, plan, most, cancellation))
                    if (++found > ceiling) break;
            }
        }
        catch (QueryException e) when (e.Error == QueryError.TooBroad)
        {
            return new MatchCount(found, IsExact: false);
        }
        return new MatchCount(Math.Min(found, ceiling), found <= ceiling);
    }

    /// <summary>What is to match, what SQL is asked of it, and what is left.</summary>
    private sealed record Plan(IReadOnlyList<Condition> Conditions, QueryStatement Statement, Selection Selection, List<(QueryLevel Level, Condition Condition)> Unmatched);

    private static Plan Prepare(QuerySpec query)
    {
        if (query.Keys.FirstOrDefault(k => !CanMatch(query.Level, k.Path)) is { } key)
            throw new QueryException(QueryError.UnsupportedKey, $"{key.Path} cannot be matched at the {query.Level} level.", key.Path.Attribute);

        var conditions = ConditionReader.Read(query);
        var unmatched = conditions.Where(c => !QueryStatement.CanWrite(c) || QueryStatement.IsLoose(c))
            .Select(c => (Level: LevelOf(c), Condition: c)).ToList();
        var selection = new Selection(query, unmatched);
        return new Plan(conditions, new QueryStatement(query, conditions.Where(QueryStatement.CanWrite), selection), selection, unmatched);
    }

    /// <param name="query">What is asked.</param>
    /// <param name="plan">How.</param>
    /// <param name="mostRead">Candidates after which the query is too broad.</param>
    /// <param name="cancellation">Ends the search.</param>
    private async IAsyncEnumerable<Candidate> FindAsync(QuerySpec query, Plan plan, int mostRead, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // What SQL matches alone, it also skips and limits.
        var (_, statement, selection, unmatched) = plan;
        var skip = unmatched.Count > 0 ? query.Offset : 0;
        var offset = unmatched.Count > 0 ? 0 : query.Offset;
        var left = query.Limit ?? int.MaxValue;
        var size = unmatched.Count > 0 ? FirstBatch : Math.Min(left, FirstBatch);
        var searching = _time.GetTimestamp();
        long[]? after = null;

        var misses = 0;
        while (left > 0)
        {
            var batch = await ReadAsync(statement, selection, after, size, offset, Budget - _time.GetElapsedTime(searching), cancellation);
            foreach (var candidate in batch)
            {
                var clock = ClockOf(candidate, query);
                if (!unmatched.TrueForAll(u => DatasetMatcher.Matches(candidate.Attributes(u.Level), u.Condition, clock)))
                {
                    if (++misses % MissesPerPause != 0) continue;
                    // Whoever waits gets his thread back, to see whether the answer is still wanted.
                    await Task.Yield();
                    cancellation.ThrowIfCancellationRequested();
                    if (_time.GetElapsedTime(searching) > Budget) throw TooBroad();
                    continue;
                }
                if (skip > 0)
                {
                    skip--;
                    continue;
                }
                yield return candidate;
                // Not counting what the receiver took to come back for more.
                searching = _time.GetTimestamp();
                if (--left == 0) yield break;
            }
            if (batch.Count < size) yield break;
            if ((mostRead -= batch.Count) <= 0) throw TooBroad();
            (after, offset) = (batch[^1].Keys, 0);
            size = Math.Min(size * 4, LargestBatch);
            if (unmatched.Count == 0) size = Math.Min(size, left);
        }
    }

    /// <summary>An instance knows its own best; to series and studies the first one's is kept with the study.</summary>
    private Func<DateTime, TimeSpan>? ClockOf(Candidate candidate, QuerySpec query) =>
        query is not { TimezoneOffset: not null, Level: > QueryLevel.Patient } ? null
        : DatasetMatcher.ClockOf(candidate.Attributes(query.Level == QueryLevel.Instance ? QueryLevel.Instance : QueryLevel.Study), _time.LocalTimeZone);

    private static QueryLevel LevelOf(Condition condition) => QueryColumns.LevelOf(condition switch
    {
        ValueCondition c => c.Tag,
        EmptyCondition c => c.Tag,
        ItemCondition c => c.Sequence,
        MomentCondition c => c.Date,
        ZonedCondition c => c.Date,
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "Not a condition."),
    });

    private Task<List<Candidate>> ReadAsync(
        QueryStatement statement, Selection selection, long[]? after, int size, int offset, TimeSpan budget, CancellationToken cancellation) =>
        InTimeAsync(budget, async (connection, limited) =>
        {
            var candidates = new List<Candidate>(Math.Min(size, FirstBatch));
            if (after is null) await statement.PrepareAsync(connection, limited);
            await using var batch = statement.ToBatch(connection, after, size, offset);
            await using var reader = await batch.ExecuteReaderAsync(limited);
            if (batch.BatchCommands.Count > 1) await reader.NextResultAsync(limited);
            while (await reader.ReadAsync(limited)) candidates.Add(new Candidate(reader, statement.KeyCount, selection, _headers));
            return candidates;
        }, cancellation);

    private async Task<T> InTimeAsync<T>(TimeSpan budget, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        // No timer measures less.
        if (budget < TimeSpan.FromMilliseconds(1)) throw TooBroad();
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(budget);
        try
        {
            await using var connection = await _dataSource.OpenConnectionAsync(limited.Token);
            return await read(connection, limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw TooBroad();
        }
        catch (NpgsqlException e) when (e is not PostgresException { IsTransient: false })
        {
            throw new QueryException(QueryError.Unavailable, "The database does not answer. Try again later.");
        }
    }

    private QueryException TooBroad() =>
        new(QueryError.TooBroad, $"Nothing was found within {Budget.TotalSeconds:0} seconds. Add a key that narrows the search: a patient ID, a date, an accession number.");
}
