using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Jobs;

/// <summary>
/// Peers whose jobs wait as one queue. One that is away has a time at which its oldest job tries alone; a success opens the
/// queue, another failure holds it back for longer.
/// </summary>
public sealed class PeerQueueStore(PacsDatabase database, PacsOptions options)
{
    private const string AwayReason = "Away";

    /// <summary>The peer was found away. Jobs that find it so at the same time count once.</summary>
    /// <param name="peer">Its AE title.</param>
    /// <param name="reason">For a person.</param>
    /// <param name="atLeast">Before it is not tried again, as it asked; null for no wish of its own.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task AwayAsync(string peer, string reason, TimeSpan? atLeast, CancellationToken cancellation) => ExecuteAsync(
        """
        INSERT INTO peer_queues AS q (peer, away_until, attempts, reason) VALUES ($1, now() + greatest($5, least($4, $3) * (0.5 + random() / 2)), 1, $2)
        ON CONFLICT (peer) DO UPDATE SET
            since = CASE WHEN q.away_until IS NULL THEN now() ELSE q.since END,
            away_until = now() + greatest($5, least($4, $3 * power(2, least(q.attempts, 30))) * (0.5 + random() / 2)),
            attempts = q.attempts + 1, reason = $2
        WHERE q.away_until IS NULL OR q.away_until <= now()
        """,
        cancellation,
        JobRows.Parameter(NpgsqlDbType.Text, peer),
        JobRows.Parameter(NpgsqlDbType.Text, reason.Length > 0 ? reason : AwayReason),
        JobRows.Parameter(NpgsqlDbType.Interval, TimeSpan.FromSeconds(options.Jobs.RetryDelaySeconds)),
        JobRows.Parameter(NpgsqlDbType.Interval, TimeSpan.FromSeconds(options.Jobs.MaxAwayDelaySeconds)),
        JobRows.Parameter(NpgsqlDbType.Interval, atLeast ?? TimeSpan.Zero));

    /// <summary>The peer answered: its jobs go on.</summary>
    public Task AnsweredAsync(string peer, CancellationToken cancellation) => ChangeAsync(
        "UPDATE peer_queues SET away_until = NULL, attempts = 0 WHERE peer = $1 AND away_until IS NOT NULL RETURNING peer", peer, cancellation);

    /// <summary>Tries at once instead of later.</summary>
    public Task TryNowAsync(string peer, CancellationToken cancellation) => ChangeAsync(
        "UPDATE peer_queues SET away_until = now() WHERE peer = $1 AND away_until IS NOT NULL RETURNING peer", peer, cancellation);

    /// <summary>Nothing is begun for the peer until it is released; what runs goes on.</summary>
    public Task HoldAsync(string peer, CancellationToken cancellation) => ChangeAsync(
        """
        INSERT INTO peer_queues (peer, is_held) VALUES ($1, true) ON CONFLICT (peer) DO UPDATE SET is_held = true RETURNING peer
        """,
        peer, cancellation);

    /// <summary>Ends <see cref="HoldAsync"/>, and forgets that the peer was away.</summary>
    public Task ReleaseAsync(string peer, CancellationToken cancellation) => ChangeAsync(
        "UPDATE peer_queues SET is_held = false, away_until = NULL, attempts = 0 WHERE peer = $1 RETURNING peer", peer, cancellation);

    /// <summary>The queues of the given peers; of all that have jobs or do not go on when null.</summary>
    public async Task<IReadOnlyList<PeerQueue>> ListAsync(IReadOnlyList<string>? peers, CancellationToken cancellation)
    {
        await using var command = database.DataSource.CreateCommand(
            $"""
            WITH open AS (
                SELECT peer, count(*) FILTER (WHERE worker IS NULL)::int AS waiting, count(*) FILTER (WHERE worker IS NOT NULL)::int AS running
                FROM jobs WHERE state IN (0, 1, 2) AND peer IS NOT NULL AND ($1::text[] IS NULL OR peer = ANY($1)) GROUP BY peer
            )
            SELECT coalesce(o.peer, q.peer), q.peer IS NOT NULL, q.is_held, q.away_until, q.closed_until, q.since, q.attempts, {JobRows.Reason}, coalesce(o.waiting, 0), coalesce(o.running, 0)
            FROM open o FULL JOIN (SELECT * FROM peer_queues WHERE $1::text[] IS NULL OR peer = ANY($1)) q ON q.peer = o.peer
            ORDER BY 1
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, peers?.ToArray()));
        return await JobRows.ReadAllAsync(command, Read, cancellation);
    }

    /// <summary>The queue of one peer.</summary>
    public async Task<PeerQueue> FindAsync(string peer, CancellationToken cancellation) =>
        await ListAsync([peer], cancellation) is [var queue] ? queue : new PeerQueue { Peer = peer, State = PeerQueueState.Open, Waiting = 0, Running = 0 };

    /// <summary>What the peer's hours say now. Null for open.</summary>
    internal async Task CloseAsync(string peer, DateTimeOffset? until, CancellationToken cancellation)
    {
        if (until is null)
        {
            await ChangeAsync("UPDATE peer_queues SET closed_until = NULL WHERE peer = $1 AND closed_until IS NOT NULL RETURNING peer", peer, cancellation);
            return;
        }
        await ExecuteAsync(
            """
            INSERT INTO peer_queues AS q (peer, closed_until) VALUES ($1, $2) ON CONFLICT (peer) DO UPDATE SET closed_until = $2
            WHERE q.closed_until IS DISTINCT FROM $2
            """,
            cancellation,
            JobRows.Parameter(NpgsqlDbType.Text, peer),
            JobRows.Parameter(NpgsqlDbType.TimestampTz, until.Value.ToUniversalTime()));
    }

    private static PeerQueue Read(NpgsqlDataReader row)
    {
        DateTimeOffset? Time(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
        var hasStopped = row.GetBoolean(1);
        var state = !hasStopped ? PeerQueueState.Open : row.GetBoolean(2) ? PeerQueueState.Held : Time(4) is not null ? PeerQueueState.Closed : PeerQueueState.Away;
        return new PeerQueue
        {
            Peer = row.GetString(0),
            State = state,
            Since = Time(5),
            Until = state switch { PeerQueueState.Closed => Time(4), PeerQueueState.Away => Time(3), _ => null },
            Attempts = hasStopped ? row.GetInt32(6) : 0,
            Reason = hasStopped ? row.GetString(7) : "",
            Waiting = row.GetInt32(8),
            Running = row.GetInt32(9),
        };
    }

    /// <summary>A row that says nothing any more goes, and the workers are told.</summary>
    private async Task ChangeAsync(string change, string peer, CancellationToken cancellation)
    {
        await using var batch = database.KeyedSource.CreateBatch();
        foreach (var sql in (string[])
        [
            $"WITH changed AS ({change}) SELECT pg_notify('{JobStore.Channel}', '') FROM changed",
            "DELETE FROM peer_queues WHERE peer = $1 AND away_until IS NULL AND closed_until IS NULL AND NOT is_held",
        ])
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { JobRows.Parameter(NpgsqlDbType.Text, peer) } });
        }
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
