using Npgsql;
using Pacs.Storage.Changes;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Model;
using Pacs.Storage.Studies;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Changes;

/// <summary>What others read of the archive's changes: each once, in order, none left out.</summary>
public sealed class ChangeFeedTests : IClassFixture<PostgresFixture>, IDisposable
{
    private readonly PostgresFixture _postgres;
    private readonly StorageProcess _process;

    public ChangeFeedTests(PostgresFixture postgres)
    {
        (_postgres, _process) = (postgres, postgres.StartProcess());
        postgres.Query("TRUNCATE changes; UPDATE change_feed SET pruned_transaction = '0', pruned_id = 0");
    }

    private ChangeFeed Feed => _process.Get<ChangeFeed>();

    [Fact]
    public async Task Read_StoredReplacedDeletedCompleted_TellsEachOnceInOrder()
    {
        var options = SampleOptions.Fresh();
        var sample = SampleObjects.Ct(options);
        Assert.True(_process.Store(sample).IsSuccess);
        Assert.True(_process.Store(SampleObjects.Ct(options with { Rows = 128 })).IsSuccess);
        await _process.Get<StudyCompletion>().CloseAsync(sample.StudyInstanceUid, CompletionReason.Request, default);
        await _process.Get<Deletion>().DeleteAsync(sample.StudyInstanceUid, null, null, default);

        var (changes, next) = await EventuallyReadAsync(null, 4);
        Assert.Equal([ChangeKind.Stored, ChangeKind.Replaced, ChangeKind.StudyCompleted, ChangeKind.Deleted], changes.Select(c => c.Kind));
        Assert.All(changes, c => Assert.Equal(sample.StudyInstanceUid, c.StudyInstanceUid));
        Assert.Equal([sample.SopInstanceUid, sample.SopInstanceUid, null, sample.SopInstanceUid], changes.Select(c => c.SopInstanceUid));
        Assert.Equal(CompletionReason.Request, changes[2].Reason);
        Assert.Empty((await Feed.ReadAsync(next, 100, [], default)).Changes);
    }

    [Fact]
    public async Task Read_InPagesOfAnySize_GivesTheSame()
    {
        for (var i = 1; i <= 7; i++) Insert(i % 2 == 0 ? 3 : 1, $"1.{i}");
        var all = (await EventuallyReadAsync(null, 7)).Changes;
        foreach (var limit in new[] { 1, 3, 7, 1000 })
        {
            Assert.Equal(all.Select(c => c.Id), (await ReadAllAsync(limit)).Select(c => c.Id));
            Assert.Equal(["1.2", "1.4", "1.6"], (await ReadAllAsync(limit, ChangeKind.Deleted)).Select(c => c.StudyInstanceUid));
            Assert.Empty(await ReadAllAsync(limit, ChangeKind.StudyReopened));
        }
    }

    /// <summary>Numbered before those that were told already, and committed after them: the feed waits for it.</summary>
    [Fact]
    public async Task Read_CommitOutOfOrder_MissesNothingAndRepeatsNothing()
    {
        Insert(1, "1.1");
        var (_, place) = await EventuallyReadAsync(null, 1);
        await using var older = await OpenAsync();
        await using var first = await older.BeginTransactionAsync();
        await SqlAsync(older, Statement(1, "1.2"));
        await using var younger = await OpenAsync();
        await using var second = await younger.BeginTransactionAsync();
        await SqlAsync(younger, Statement(1, "1.3"));
        Insert(1, "1.4");
        await second.CommitAsync();
        var held = await Feed.ReadAsync(place, 100, [], default);
        Assert.Empty(held.Changes);
        await first.CommitAsync();

        var (changes, next) = await EventuallyReadAsync(held.Next, 3);
        Assert.Equal(["1.2", "1.3", "1.4"], changes.Select(c => c.StudyInstanceUid));
        Assert.Empty((await Feed.ReadAsync(next, 100, [], default)).Changes);
    }

    /// <summary>Many write at once, one reads meanwhile.</summary>
    [Fact]
    public async Task Read_WhileOthersWrite_GetsEachOnce()
    {
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            await using var connection = await OpenAsync();
            for (var i = 0; i < 50; i++)
            {
                await using var transaction = await connection.BeginTransactionAsync();
                for (var j = 0; j < 1 + (i + w) % 3; j++) await SqlAsync(connection, Statement(1, $"{w}.{i}.{j}"));
                await transaction.CommitAsync();
            }
        })).ToList();
        var expected = Enumerable.Range(0, 4).SelectMany(w => Enumerable.Range(0, 50).SelectMany(i => Enumerable.Range(0, 1 + (i + w) % 3).Select(j => $"{w}.{i}.{j}"))).ToHashSet();

        var told = new List<ChangeEvent>();
        string? since = null;
        await Eventually.TrueAsync(async () =>
        {
            var page = await Feed.ReadAsync(since, 7, [], default);
            since = page.Next;
            told.AddRange(page.Changes);
            return told.Count >= expected.Count && !page.HasMore;
        });
        await Task.WhenAll(writers);
        Assert.Equal(expected.Count, told.Count);
        Assert.Equal(expected, told.Select(c => c.StudyInstanceUid).ToHashSet());
    }

    [Fact]
    public async Task Read_SinceNow_TellsWhatComes()
    {
        Insert(1, "1.1");
        await EventuallyReadAsync(null, 1);
        var now = await Feed.ReadAsync(ChangeFeed.Now, 100, [], default);
        Assert.Empty(now.Changes);
        Insert(1, "1.2");
        Assert.Equal(["1.2"], (await EventuallyReadAsync(now.Next, 1)).Changes.Select(c => c.StudyInstanceUid));
    }

    [Fact]
    public async Task Read_NoCursor_IsToldSo()
    {
        foreach (var since in new[] { "", "12", new string('A', 31) + "!", new string('A', 40), new string('=', 32) })
            Assert.False((await Assert.ThrowsAsync<ChangeCursorException>(() => Feed.ReadAsync(since, 100, [], default))).IsGone);
    }

    [Fact]
    public async Task Read_CursorOfAnotherServerOrOfTheFuture_IsGone()
    {
        var cursor = ChangeCursor.Parse((await Feed.ReadAsync(null, 100, [], default)).Next)!.Value;
        foreach (var other in new[] { cursor with { Server = cursor.Server + 1 }, cursor with { Place = new ChangePlace(1_000_000_000_000, 1) } })
            Assert.True((await Assert.ThrowsAsync<ChangeCursorException>(() => Feed.ReadAsync($"{other}", 100, [], default))).IsGone);
    }

    /// <summary>As <c>StudyCompletion</c> numbers changes of another server anew.</summary>
    [Fact]
    public async Task Read_DatabaseRestoredOnAYoungerServer_HasAllAgain()
    {
        for (var i = 1; i <= 3; i++) Insert(1, $"1.{i}");
        await EventuallyReadAsync(null, 3);
        await _process.Get<StudyCompletion>().EvaluateAsync(TimeSpan.FromHours(1), default);
        _postgres.Query("UPDATE changes SET transaction_id = (transaction_id::text::bigint + 1000000000000)::text::xid8");
        _postgres.Query("UPDATE study_feed SET seen_before = (seen_before::text::bigint + 1000000000000)::text::xid8");
        await Eventually.TrueAsync(async () =>
        {
            await _process.Get<StudyCompletion>().EvaluateAsync(TimeSpan.FromHours(1), default);
            return (await Feed.ReadAsync(null, 100, [], default)).Changes.Count == 3;
        });
        var (_, next) = await EventuallyReadAsync(null, 3);
        Insert(1, "1.4");
        Assert.Equal(["1.4"], (await EventuallyReadAsync(next, 1)).Changes.Select(c => c.StudyInstanceUid));
    }

    [Fact]
    public async Task Prune_OldChanges_GoAndTheirCursorsAreToldSo()
    {
        for (var i = 1; i <= 3; i++) Insert(1, $"1.{i}");
        var first = await Feed.ReadAsync(null, 1, [], default);
        await Eventually.TrueAsync(async () => (first = await Feed.ReadAsync(null, 1, [], default)).Changes.Count == 1);
        await EventuallyReadAsync(null, 3);
        Insert(1, "1.4");
        var (_, last) = await EventuallyReadAsync(null, 4);
        _postgres.Query("UPDATE changes SET at = now() - interval '11 days' WHERE study_instance_uid <> '1.4'");
        var retention = _process.Get<ChangeRetention>();
        // What the archive has not read itself stays.
        Assert.Equal(0, await retention.PruneAsync(TimeSpan.FromDays(10), default));
        await EventuallyEvaluatedAsync();
        Assert.Equal(0, await retention.PruneAsync(TimeSpan.FromDays(12), default));
        Assert.Equal(3, await retention.PruneAsync(TimeSpan.FromDays(10), default));

        Assert.Equal(["1.4"], (await Feed.ReadAsync(null, 100, [], default)).Changes.Select(c => c.StudyInstanceUid));
        var gone = await Assert.ThrowsAsync<ChangeCursorException>(() => Feed.ReadAsync(first.Next, 100, [], default));
        Assert.True(gone.IsGone);
        Assert.Contains("KeepDays", gone.Message, StringComparison.Ordinal);
        Insert(1, "1.5");
        Assert.Equal(["1.5"], (await EventuallyReadAsync(last, 1)).Changes.Select(c => c.StudyInstanceUid));
    }

    [Fact]
    public void KeepDays_OutOfRange_StartsNothing()
    {
        foreach (var days in new[] { 0, 36501 })
            Assert.Contains("Pacs:Changes:KeepDays", Assert.ThrowsAny<Exception>(() => _postgres.StartProcess(("Pacs:Changes:KeepDays", $"{days}"))).Message, StringComparison.Ordinal);
    }

    /// <summary>However many there are, a page is found by key.</summary>
    [Fact]
    public async Task Read_Page_ComesFromTheKey()
    {
        _postgres.Query("INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid) SELECT 1, '1.' || n, '', '' FROM generate_series(1, 20000) n");
        _postgres.Query("ANALYZE changes");
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(
            "EXPLAIN SELECT * FROM changes WHERE (transaction_id, id) > ('5', 5) AND transaction_id < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY transaction_id, id LIMIT 101", connection);
        await using var plan = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await plan.ReadAsync()) lines.Add(plan.GetString(0));
        Assert.Contains(lines, l => l.Contains("Index Scan using changes_pkey", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.Contains("Sort", StringComparison.Ordinal));
    }

    public void Dispose() => _process.Dispose();

    private void Insert(int kind, string study) => _postgres.Query(Statement(kind, study));

    private static string Statement(int kind, string study) =>
        $"INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid) VALUES ({kind}, '{study}', '', '')";

    /// <summary>Transactions of other tests' databases hold the feed up at times.</summary>
    private async Task<(IReadOnlyList<ChangeEvent> Changes, string Next)> EventuallyReadAsync(string? since, int count)
    {
        ChangePage? page = null;
        await Eventually.TrueAsync(async () => (page = await Feed.ReadAsync(since, 1000, [], default)).Changes.Count >= count);
        Assert.Equal(count, page!.Changes.Count);
        return (page.Changes, page.Next);
    }

    private Task EventuallyEvaluatedAsync() => Eventually.TrueAsync(async () =>
    {
        await _process.Get<StudyCompletion>().EvaluateAsync(TimeSpan.FromHours(1), default);
        return _postgres.Query("SELECT NOT EXISTS (SELECT FROM changes WHERE transaction_id >= seen_before) FROM study_feed") is true;
    });

    private async Task<List<ChangeEvent>> ReadAllAsync(int limit, params ChangeKind[] kinds)
    {
        var all = new List<ChangeEvent>();
        for (string? since = null; ;)
        {
            var page = await Feed.ReadAsync(since, limit, kinds, default);
            Assert.InRange(page.Changes.Count, 0, limit);
            all.AddRange(page.Changes);
            since = page.Next;
            if (!page.HasMore) return all;
        }
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_postgres.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task SqlAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
