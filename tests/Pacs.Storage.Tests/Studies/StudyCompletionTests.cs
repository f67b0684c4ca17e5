using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Model;
using Pacs.Storage.Peers;
using Pacs.Storage.Studies;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Studies;

public sealed class StudyCompletionTests : IClassFixture<PostgresFixture>, IDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);
    private readonly PostgresFixture _postgres;
    private readonly StorageProcess _process;

    public StudyCompletionTests(PostgresFixture postgres) => (_postgres, _process) = (postgres, postgres.StartProcess());

    private StudyCompletion Studies => _process.Get<StudyCompletion>();

    [Fact]
    public async Task Evaluate_QuietTimeOver_CompletesOnce()
    {
        var study = Store(2);
        await Studies.EvaluateAsync(Never, default);
        Assert.Equal((false, null), await StateAsync(study));
        await EventuallyCompleteAsync(study);

        var state = await Studies.FindAsync(study, default);
        Assert.Equal((true, CompletionReason.QuietTime, 2), (state!.IsComplete, state.CompletedReason, state.Instances));
        for (var i = 0; i < 3; i++) await Studies.EvaluateAsync(TimeSpan.Zero, default);
        Assert.Equal(["4 1"], Events(study));
    }

    [Fact]
    public async Task Evaluate_NotYetQuiet_LeavesItOpen()
    {
        var study = Store(1);
        for (var i = 0; i < 5; i++) await Studies.EvaluateAsync(Never, default);
        Assert.Empty(Events(study));
        Assert.Equal((false, null), await StateAsync(study));
    }

    [Fact]
    public async Task Close_StudyNotYetSeenInTheFeed_IsCompleteAndStaysSo()
    {
        var study = Store(1);
        Assert.Equal(StudyClosing.Closed, await Studies.CloseAsync(study, CompletionReason.ProcedureStep, default));
        Assert.Equal(StudyClosing.WasComplete, await Studies.CloseAsync(study, CompletionReason.Request, default));
        await EventuallyReadAsync();
        Assert.Equal((true, CompletionReason.ProcedureStep), await StateAsync(study));
        Assert.Equal(["4 2"], Events(study));
    }

    [Fact]
    public async Task Close_UnknownStudy_IsNotFound() =>
        Assert.Equal(StudyClosing.NotFound, await Studies.CloseAsync("1.2.3.999", CompletionReason.Request, default));

    [Fact]
    public async Task Evaluate_ObjectAfterCompletion_ReopensAndCompletesAgain()
    {
        var options = SampleOptions.Fresh();
        var study = SampleObjects.Ct(options).StudyInstanceUid;
        _process.Store(SampleObjects.Ct(options));
        await Studies.CloseAsync(study, CompletionReason.Request, default);
        _process.Store(SampleObjects.Mr(options with { SeriesNumber = 2 }));

        await Eventually.TrueAsync(async () =>
        {
            await Studies.EvaluateAsync(Never, default);
            return Events(study).Count == 2;
        });
        Assert.Equal((false, CompletionReason.Request), await StateAsync(study));
        await EventuallyCompleteAsync(study);
        Assert.Equal(["4 3", "5 ", "4 1"], Events(study));
    }

    [Fact]
    public async Task Evaluate_ProcessGoneBetween_GoesOnWhereItWas()
    {
        var study = Store(1);
        await EventuallyReadAsync();
        var unseen = Store(1);
        using var successor = _postgres.StartProcess();
        await Eventually.TrueAsync(async () =>
        {
            await successor.Get<StudyCompletion>().EvaluateAsync(TimeSpan.Zero, default);
            return (await StateAsync(study)).IsComplete && (await StateAsync(unseen)).IsComplete;
        });
        Assert.Equal(["4 1"], Events(study));
        Assert.Equal(["4 1"], Events(unseen));
    }

    [Fact]
    public async Task Evaluate_SeveralNodesAtOnce_TellOnce()
    {
        string[] studies = [.. Enumerable.Range(0, 20).Select(_ => Store(1))];
        using var other = _postgres.StartProcess();
        StudyCompletion[] nodes = [Studies, other.Get<StudyCompletion>(), Studies, other.Get<StudyCompletion>()];
        await Eventually.TrueAsync(async () =>
        {
            await Task.WhenAll(nodes.Select(n => n.EvaluateAsync(TimeSpan.Zero, default)));
            return studies.All(s => Events(s).Count > 0);
        });
        Assert.All(studies, s => Assert.Equal(["4 1"], Events(s)));
    }

    /// <summary>Another transaction began before and commits after: its objects have a lower number than those already read.</summary>
    [Fact]
    public async Task Evaluate_CommitOutOfOrder_MissesNothing()
    {
        var late = Store(1);
        await EventuallyCompleteAsync(late);
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await Sql(connection, $"UPDATE studies SET version = version + 1 WHERE study_instance_uid = '{late}'");
        await Sql(connection, $"INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid) VALUES (1, '{late}', '1', '1')");
        Store(1);
        for (var i = 0; i < 5; i++) await Studies.EvaluateAsync(Never, default);
        await transaction.CommitAsync();

        await Eventually.TrueAsync(async () =>
        {
            await Studies.EvaluateAsync(Never, default);
            return Events(late).Contains("5 ");
        });
    }

    /// <summary>A transaction that began after the last one to commit, and took its place in the feed before it.</summary>
    [Fact]
    public async Task Evaluate_ObjectsBehindALongTransaction_DoNotCountAsQuiet()
    {
        var options = SampleOptions.Fresh();
        var study = SampleObjects.Ct(options).StudyInstanceUid;
        _process.Store(SampleObjects.Ct(options));
        await EventuallyReadAsync();
        await using var other = await OpenAsync();
        await Sql(other, $"UPDATE open_studies SET last_stored_at = now() - interval '2 hours' WHERE study_instance_uid = '{study}'");
        await using (var open = await other.BeginTransactionAsync())
        {
            await Sql(other, "SELECT pg_current_xact_id()");
            _process.Store(SampleObjects.Mr(options with { SeriesNumber = 2 }));
            await Studies.EvaluateAsync(Never, default);
            Assert.Equal((false, null), await StateAsync(study));
            await open.CommitAsync();
        }
        await EventuallyReadAsync();
        Assert.Equal((false, null), await StateAsync(study));
        await Sql(other, $"UPDATE open_studies SET last_stored_at = now() - interval '2 hours' WHERE study_instance_uid = '{study}'");
        await Sql(other, $"UPDATE studies SET updated_at = now() - interval '2 hours' WHERE study_instance_uid = '{study}'");
        await Studies.EvaluateAsync(Never, default);
        Assert.Equal((true, CompletionReason.QuietTime), await StateAsync(study));
    }

    [Fact]
    public async Task Evaluate_YoungerTransactionWithOlderPlace_MissesNothing()
    {
        var late = Store(1);
        await EventuallyCompleteAsync(late);
        await using var older = await OpenAsync();
        await using var first = await older.BeginTransactionAsync();
        await Sql(older, "SELECT pg_current_xact_id()");
        await using var younger = await OpenAsync();
        await using var second = await younger.BeginTransactionAsync();
        await Sql(younger, $"UPDATE studies SET version = version + 1 WHERE study_instance_uid = '{late}'");
        await Sql(younger, $"INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid) VALUES (1, '{late}', '1', '1')");
        await Sql(older, "INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid) VALUES (1, '9.9', '1', '1')");
        await first.CommitAsync();
        for (var i = 0; i < 5; i++) await Studies.EvaluateAsync(Never, default);
        Store(1);
        for (var i = 0; i < 5; i++) await Studies.EvaluateAsync(Never, default);
        await second.CommitAsync();

        await Eventually.TrueAsync(async () =>
        {
            await Studies.EvaluateAsync(Never, default);
            return Events(late).Contains("5 ");
        });
    }

    /// <summary>A dump keeps the transaction numbers of the server that it comes from; the one that takes it in begins with its own.</summary>
    [Fact]
    public async Task Evaluate_DatabaseRestoredOnAYoungerServer_GoesOn()
    {
        var told = Store(1);
        await EventuallyCompleteAsync(told);
        await EventuallyReadAsync();
        var unread = Store(1);
        const string Years = "1000000000000";
        _postgres.Query($"UPDATE changes SET transaction_id = (transaction_id::text::bigint + {Years})::text::xid8");
        _postgres.Query($"UPDATE study_feed SET seen_before = (seen_before::text::bigint + {Years})::text::xid8");

        await EventuallyCompleteAsync(unread);
        await EventuallyCompleteAsync(Store(1));
        await EventuallyReadAsync();
        Assert.Equal(["4 1"], Events(told));
        Assert.Equal(["4 1"], Events(unread));
    }

    [Fact]
    public async Task Close_PeerWithSettingsThatCannotBeRead_IsToldAllTheSame()
    {
        var study = Store(1);
        var peers = _process.Get<PeerStore>();
        foreach (var title in new[] { "RIS", "CT1" }) await peers.PutAsync(new Peer(title, "127.0.0.1", 104), default);
        _postgres.Query("UPDATE peers SET settings = '{\"ofTheFuture\": 1, \"notifications\": [\"InstanceAvailability\"]}' WHERE ae_title = 'RIS'");
        Assert.Equal(StudyClosing.Closed, await Studies.CloseAsync(study, CompletionReason.Request, default));
        Assert.Equal("RIS", _postgres.Query($"SELECT peer FROM jobs WHERE study_instance_uid = '{study}'"));
        foreach (var title in new[] { "RIS", "CT1" }) await peers.RemoveAsync(title, default);
    }

    [Fact]
    public async Task Evaluate_NothingNew_WritesNothing()
    {
        await EventuallyReadAsync();
        var before = _postgres.Query("SELECT xmin::text FROM study_feed");
        for (var i = 0; i < 3; i++) await Studies.EvaluateAsync(Never, default);
        Assert.Equal(before, _postgres.Query("SELECT xmin::text FROM study_feed"));
    }

    /// <summary>As after an upgrade of PostgreSQL, which leaves the planner without any idea of a table.</summary>
    [Fact]
    public async Task Evaluate_LongFeedWithoutStatistics_ReadsWhatIsNewOnly()
    {
        const string insert = "INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid) SELECT 3, '1', '1', '1' FROM generate_series(1, {0})";
        // A database of its own, in which no connection of another test counts anything.
        using var alone = new PostgresFixture();
        alone.Query("ALTER TABLE changes SET (autovacuum_enabled = false)");
        await using (var source = NpgsqlDataSource.Create(alone.ConnectionString))
        {
            var studies = new StudyCompletion(source, [], NullLogger<StudyCompletion>.Instance);
            foreach (var count in new[] { 20_000, 1 })
            {
                alone.Query(string.Format(CultureInfo.InvariantCulture, insert, count));
                var last = alone.Query("SELECT last_value FROM changes_id_seq");
                await Eventually.TrueAsync(async () =>
                {
                    await studies.EvaluateAsync(Never, default);
                    return alone.Query($"SELECT read_to >= {last} FROM study_feed") is true;
                });
            }
        }
        // A connection tells what it has counted before it is gone.
        await Eventually.TrueAsync(() => alone.Query("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'") is 1L);
        Assert.Equal(0L, alone.Query("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'changes'"));
    }

    [Fact]
    public async Task Evaluate_StudyDeletedMeanwhile_IsForgotten()
    {
        var study = Store(1);
        await EventuallyReadAsync();
        await _process.Get<Deletion>().DeleteAsync(study, null, null, default);
        await Eventually.TrueAsync(async () =>
        {
            await Studies.EvaluateAsync(TimeSpan.Zero, default);
            return _postgres.Query($"SELECT count(*) FROM open_studies WHERE study_instance_uid = '{study}'") is 0L;
        });
        Assert.Empty(Events(study));
        Assert.Null(await Studies.FindAsync(study, default));
    }

    [Fact]
    public async Task Reindex_CompleteStudies_AreNotToldAgain()
    {
        var study = Store(1);
        await EventuallyCompleteAsync(study);
        await _process.Get<Reindex>().RunAsync(null, default);
        for (var i = 0; i < 3; i++) await Studies.EvaluateAsync(TimeSpan.Zero, default);
        Assert.Equal(["4 1"], Events(study));
    }

    public void Dispose() => _process.Dispose();

    private string Store(int objects)
    {
        var study = SampleObjects.Study(1, objects, SampleOptions.Fresh());
        foreach (var sample in study) Assert.True(_process.Store(sample).IsSuccess);
        return study[0].StudyInstanceUid;
    }

    private Task EventuallyCompleteAsync(string study) => Eventually.TrueAsync(async () =>
    {
        await Studies.EvaluateAsync(TimeSpan.Zero, default);
        return (await StateAsync(study)).IsComplete;
    });

    /// <summary>Everything that is committed has been read; transactions of other tests' databases hold it up at times.</summary>
    private Task EventuallyReadAsync() => Eventually.TrueAsync(async () =>
    {
        await Studies.EvaluateAsync(Never, default);
        return _postgres.Query("SELECT NOT EXISTS (SELECT FROM changes WHERE transaction_id >= seen_before) FROM study_feed") is true;
    });

    private async Task<(bool IsComplete, CompletionReason? Reason)> StateAsync(string study) =>
        await Studies.FindAsync(study, default) is { } state ? (state.IsComplete, state.CompletedReason) : default;

    private List<string> Events(string study) =>
        [.. ((string)_postgres.Query($"SELECT coalesce(string_agg(kind || ' ' || coalesce(reason::text, ''), ',' ORDER BY id), '') FROM changes WHERE study_instance_uid = '{study}' AND kind > 3")!).Split(',', StringSplitOptions.RemoveEmptyEntries)];

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_postgres.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task Sql(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
