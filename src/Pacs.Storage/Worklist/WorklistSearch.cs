using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Hosting;
using Pacs.Storage.Queries;
using Pacs.Storage.Queries.Matching;

namespace Pacs.Storage.Worklist;

/// <summary>
/// Finds worklist items: conditions on columns narrow in SQL, and every one is held against the item itself by the matching
/// that queries of the archive use. Read in batches that continue by key, so that a slow peer holds no connection.
/// </summary>
public sealed class WorklistSearch(NpgsqlDataSource database, PacsOptions options, TimeProvider time)
{
    private const int BatchSize = 500;

    private static readonly AttributePath Status = new(Tags.ScheduledProcedureStepSequence, Tags.ScheduledProcedureStepStatus);

    private TimeSpan Budget => TimeSpan.FromSeconds(options.Queries.TimeBudgetSeconds);

    /// <summary>
    /// Items by their start, the earliest first. Those that are completed, discontinued or cancelled only where a key asks for
    /// Scheduled Procedure Step Status (<c>*</c>: of any).
    /// </summary>
    /// <param name="keys">
    /// All hold. Start date and start time together are one range of moments (PS3.4 Table K.6-1).
    /// </param>
    /// <param name="fuzzyMatching">Person names match by likeness as well.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="QueryException">A value is not valid for its VR, or the database does not answer in time.</exception>
    public async IAsyncEnumerable<WorklistItem> RunAsync(IReadOnlyList<MatchingKey> keys, bool fuzzyMatching, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // The level means nothing here: conditions do not depend on it.
        var conditions = ConditionReader.Read(new QuerySpec(QueryLevel.Study) { Keys = keys, FuzzyMatching = fuzzyMatching, CombinedDateTime = true });
        var withClosed = keys.Any(k => k.Path.Equals(Status) && k.Values.Count > 0);
        var searching = time.GetTimestamp();
        Place? after = null;
        while (true)
        {
            var (batch, isLast) = await ReadAsync(conditions, withClosed, after, Budget - time.GetElapsedTime(searching), cancellation);
            foreach (var (item, _) in batch)
            {
                if (!DatasetMatcher.Matches(item.Dataset, conditions)) continue;
                yield return item;
                // Not counting what the receiver took to come back for more.
                searching = time.GetTimestamp();
            }
            if (isLast) yield break;
            after = batch[^1].Place;
        }
    }

    private readonly record struct Place(string Date, string Time, long Id);

    private async Task<(List<(WorklistItem Item, Place Place)> Batch, bool IsLast)> ReadAsync(
        IReadOnlyList<Condition> conditions, bool withClosed, Place? after, TimeSpan budget, CancellationToken cancellation)
    {
        if (budget <= TimeSpan.Zero) throw TooBroad();
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(budget);
        try
        {
            await using var command = database.CreateCommand();
            command.CommandText = WorklistSql.Write(conditions, withClosed, command.Parameters, isContinued: after is not null, BatchSize);
            if (after is { } place)
            {
                command.Parameters.Add(new() { Value = place.Date, NpgsqlDbType = NpgsqlDbType.Text });
                command.Parameters.Add(new() { Value = place.Time, NpgsqlDbType = NpgsqlDbType.Text });
                command.Parameters.Add(new() { Value = place.Id });
            }
            await using var reader = await command.ExecuteReaderAsync(limited.Token);
            var batch = new List<(WorklistItem, Place)>();
            while (await reader.ReadAsync(limited.Token))
                batch.Add((WorklistRows.Read(reader), new Place(reader.GetString(3), reader.GetString(4), reader.GetInt64(0))));
            return (batch, batch.Count < BatchSize);
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
        new(QueryError.TooBroad, $"Nothing was found within {Budget.TotalSeconds:0} seconds. Add a key that narrows the search: a start date, a station, a patient ID.");
}
