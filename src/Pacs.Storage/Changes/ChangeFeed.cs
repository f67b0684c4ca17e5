using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;
using Pacs.Storage.Model;

namespace Pacs.Storage.Changes;

/// <summary>
/// Reads the table <c>changes</c> without gaps. Transactions commit in another order than they are numbered: what is read ends
/// before the oldest one that is still running. One that takes long holds readers up; it never makes them miss it.
/// </summary>
public sealed class ChangeFeed(NpgsqlDataSource database)
{
    /// <summary>Changes in a page, at most.</summary>
    public const int MaxPage = 1000;

    /// <summary>Instead of a cursor: what comes from now on.</summary>
    public const string Now = "now";

    /// <summary>Changes looked at for a page, whatever is wanted of them.</summary>
    private const int Window = 10_000;

    private const string HowToGoOn =
        "Begin again without \"since\", for all that is kept, or with since=now after a search of what there is; changes keep their \"id\".";

    /// <summary>Some changes, in order.</summary>
    /// <param name="since"><see cref="ChangePage.Next"/> of a page before; null for the beginning, <see cref="Now"/> for the end.</param>
    /// <param name="limit">1 to <see cref="MaxPage"/>.</param>
    /// <param name="kinds">Only those of these kinds; empty for all.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ChangeCursorException">The cursor is none, or what comes after it is not known.</exception>
    public async Task<ChangePage> ReadAsync(string? since, int limit, IReadOnlyList<ChangeKind> kinds, CancellationToken cancellation)
    {
        ChangeCursor? cursor = since is null or Now ? null : ChangeCursor.Parse(since)
            ?? throw new ChangeCursorException(false, "\"since\" is no cursor: leave it out, or send \"next\" of an answer, or now.");
        await using var connection = await database.OpenConnectionAsync(cancellation);
        if (since == Now)
        {
            var (server, _, end, _) = await HeadAsync(connection, cancellation);
            return new ChangePage { Changes = [], Next = $"{new ChangeCursor(server, end)}", HasMore = false };
        }
        var read = await ReadAsync(connection, cursor?.Place ?? ChangePlace.Beginning, limit, kinds, webhook: null, cancellation);
        // Looked at afterwards: what was pruned meanwhile shows.
        var head = await HeadAsync(connection, cancellation);
        if (cursor is { } from) Check(from, head);
        return new ChangePage { Changes = read.Changes, Next = $"{new ChangeCursor(head.Server, read.Next)}", HasMore = read.HasMore };
    }

    /// <summary>The place of what has not been made yet.</summary>
    internal static async Task<ChangePlace> EndAsync(NpgsqlConnection connection, CancellationToken cancellation) => (await HeadAsync(connection, cancellation)).End;

    /// <param name="connection">To the database.</param>
    /// <param name="after">The place before the first one.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="kinds">Only those of these kinds; empty for all.</param>
    /// <param name="webhook">Of those that are meant for webhooks by name only what this one is to get, whatever its kind. Null for all.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The changes; the place after the last one that was looked at; whether there is more.</returns>
    internal static async Task<(IReadOnlyList<ChangeEvent> Changes, ChangePlace Next, bool HasMore)> ReadAsync(
        NpgsqlConnection connection, ChangePlace after, int limit, IReadOnlyList<ChangeKind> kinds, long? webhook, CancellationToken cancellation)
    {
        var window = kinds.Count == 0 ? limit + 1 : Window;
        await using var command = new NpgsqlCommand(
            """
            WITH scanned AS MATERIALIZED (
                SELECT transaction_id, id, kind, at, study_instance_uid, series_instance_uid, sop_instance_uid, reason, rule, webhooks FROM changes
                WHERE (transaction_id, id) > ($1, $2) AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
                ORDER BY transaction_id, id LIMIT $3
            ), wanted AS (
                SELECT *, false AS is_end, 0 AS count FROM scanned
                WHERE CASE WHEN $6::bigint IS NULL OR webhooks IS NULL THEN cardinality($4::smallint[]) = 0 OR kind = ANY ($4) ELSE $6 = ANY (webhooks) END ORDER BY transaction_id, id LIMIT $5
            ), last AS (
                SELECT *, true, (SELECT count(*) FROM scanned)::int FROM scanned ORDER BY transaction_id DESC, id DESC LIMIT 1
            )
            SELECT * FROM wanted UNION ALL SELECT * FROM last ORDER BY is_end, transaction_id, id
            """,
            connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Xid8, after.Transaction));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, after.Id));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, window));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Smallint, kinds.Select(k => (short)k).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, limit));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, webhook));
        var rows = await JobRows.ReadAllAsync(command, r => (Place: new ChangePlace(r.GetFieldValue<ulong>(0), r.GetInt64(1)), Event: Event(r), Scanned: r.GetInt32(11)), cancellation);
        if (rows.Count == 0) return ([], after, false);
        var (end, wanted) = (rows[^1], rows[..^1]);
        var next = wanted.Count == limit ? wanted[^1].Place : end.Place;
        return ([.. wanted.Select(w => w.Event)], next, next != end.Place || end.Scanned == window);
    }

    private static void Check(ChangeCursor cursor, (ulong Server, ulong Unborn, ChangePlace End, ChangePlace Pruned) head)
    {
        // One that is ahead of its server is of a past that was undone, as by a backup of the server's files.
        if (cursor.Server != head.Server || cursor.Place.Transaction > head.Unborn)
            throw new ChangeCursorException(true, $"This cursor is of another database server, or of a time before a backup was restored: what changed since is not known. {HowToGoOn}");
        if (cursor.Place.CompareTo(head.Pruned) < 0)
            throw new ChangeCursorException(true, $"What comes after this cursor is older than Pacs:Changes:KeepDays, and gone. {HowToGoOn}");
    }

    private static async Task<(ulong Server, ulong Unborn, ChangePlace End, ChangePlace Pruned)> HeadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // A server whose files were restored, or that took over from another, goes on in a timeline of its own.
        await using var command = new NpgsqlCommand(
            """
            SELECT (SELECT system_identifier FROM pg_control_system()) || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || ' ' || (SELECT oid FROM pg_database WHERE datname = current_database()),
                   pg_snapshot_xmax(pg_current_snapshot()), pg_snapshot_xmin(pg_current_snapshot()), pruned_transaction, pruned_id
            FROM change_feed
            """,
            connection);
        return (await JobRows.ReadAllAsync(
            command,
            r => (ChangeCursor.Identity(r.GetString(0)), r.GetFieldValue<ulong>(1), new ChangePlace(r.GetFieldValue<ulong>(2), 0), new ChangePlace(r.GetFieldValue<ulong>(3), r.GetInt64(4))),
            cancellation))[0];
    }

    private static ChangeEvent Event(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(1),
        Kind = (ChangeKind)row.GetInt16(2),
        At = row.GetFieldValue<DateTimeOffset>(3),
        StudyInstanceUid = row.GetString(4),
        SeriesInstanceUid = row.GetString(5) is { Length: > 0 } series ? series : null,
        SopInstanceUid = row.GetString(6) is { Length: > 0 } instance ? instance : null,
        Reason = row.IsDBNull(7) ? null : (CompletionReason)row.GetInt16(7),
        Rule = row.IsDBNull(8) ? null : row.GetString(8),
    };
}
