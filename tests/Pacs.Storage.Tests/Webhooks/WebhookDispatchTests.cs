using System.Text.Json;
using Pacs.Storage.Changes;
using Pacs.Storage.Model;
using Pacs.Storage.Studies;
using Pacs.Storage.Webhooks;
using Pacs.TestKit;

namespace Pacs.Storage.Tests.Webhooks;

/// <summary>What is to be delivered: each change once, whoever looks, and however often.</summary>
public sealed class WebhookDispatchTests : IClassFixture<PostgresFixture>, IDisposable
{
    private readonly PostgresFixture _postgres;
    private readonly StorageProcess _process;

    public WebhookDispatchTests(PostgresFixture postgres)
    {
        (_postgres, _process) = (postgres, postgres.StartProcess());
        postgres.Query("TRUNCATE changes, webhooks, webhook_deliveries, jobs, job_objects CASCADE; UPDATE change_feed SET pruned_transaction = '0', pruned_id = 0");
    }

    private WebhookDispatch Dispatch => _process.Get<WebhookDispatch>();

    [Fact]
    public async Task Run_ByManyAtOnce_PutsEachChangeIntoOneDelivery()
    {
        using var other = _postgres.StartProcess();
        await AddAsync();
        await AddAsync();
        Insert(2 * WebhookDispatch.MaxChanges + 10);
        await _postgres.EventuallyToldAsync();
        WebhookDispatch[] nodes = [Dispatch, other.Get<WebhookDispatch>(), Dispatch, other.Get<WebhookDispatch>()];
        await Eventually.TrueAsync(async () =>
        {
            await Task.WhenAll(nodes.Select(n => n.RunAsync(default)));
            // One at a time: the next is made when this one has ended.
            Assert.True(_postgres.Query("SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM webhook_deliveries d JOIN jobs j ON j.id = d.job_id WHERE j.state < 3 GROUP BY webhook_id) x") is <= 1L);
            _postgres.Query("UPDATE jobs SET state = 4");
            return Deliveries().Sum(d => d.Length) == 2 * (2 * WebhookDispatch.MaxChanges + 10);
        });
        Assert.Equal([WebhookDispatch.MaxChanges, WebhookDispatch.MaxChanges, WebhookDispatch.MaxChanges, WebhookDispatch.MaxChanges, 10, 10], Deliveries().Select(d => d.Length).OrderDescending());
        Assert.All(Deliveries().SelectMany(d => d).GroupBy(id => id), g => Assert.Equal(2, g.Count()));
        Assert.All(Deliveries(), d => Assert.Equal(d.Order(), d));
        Assert.True(_postgres.Query("SELECT max(length(body)) FROM webhook_deliveries") is < 300_000);
    }

    [Fact]
    public async Task Run_NothingNewOrNothingAskedFor_WritesOnceAtMost()
    {
        await AddAsync(ChangeKind.StudyReopened);
        Insert(3);
        await EventuallyReadAsync();
        Assert.Empty(Deliveries());
        var before = _postgres.Query("SELECT xmin::text FROM webhooks");
        for (var i = 0; i < 3; i++) Assert.Equal(0, await Dispatch.RunAsync(default));
        Assert.Equal(before, _postgres.Query("SELECT xmin::text FROM webhooks"));
    }

    [Fact]
    public async Task Run_BeforeTheWebhookWasAddedOrWhileDisabled_WaitsOrIsNotTold()
    {
        Insert(2);
        await _postgres.EventuallyToldAsync();
        var hook = await AddAsync();
        await _process.Get<WebhookStore>().ChangeAsync(hook.Id, new WebhookRequest { Url = hook.Url, Enabled = false }, default);
        Insert(3);
        await _postgres.EventuallyToldAsync();
        Assert.Equal(0, await Dispatch.RunAsync(default));
        await _process.Get<WebhookStore>().ChangeAsync(hook.Id, new WebhookRequest { Url = hook.Url }, default);
        await EventuallyReadAsync();
        Assert.Equal(3, Assert.Single(Deliveries()).Length);
    }

    [Fact]
    public async Task Prune_ChangesThatAWebhookWaitsFor_StayWhileItIsEnabledAndAreToldToBeMissing()
    {
        await _postgres.EventuallyToldAsync();
        var hook = await AddAsync();
        Insert(3);
        await EventuallyEvaluatedAsync();
        _postgres.Query("UPDATE changes SET at = now() - interval '3 days'");
        var retention = _process.Get<ChangeRetention>();
        Assert.Equal(0, await retention.PruneAsync(TimeSpan.FromDays(2), default));

        await _process.Get<WebhookStore>().ChangeAsync(hook.Id, new WebhookRequest { Url = hook.Url, Enabled = false }, default);
        Assert.Equal(3, await retention.PruneAsync(TimeSpan.FromDays(2), default));
        await _process.Get<WebhookStore>().ChangeAsync(hook.Id, new WebhookRequest { Url = hook.Url }, default);
        Insert(1);
        await EventuallyReadAsync();
        Assert.Single(Assert.Single(Deliveries()));
        Assert.Contains("\"isIncomplete\":true", (string)_postgres.Query("SELECT body FROM webhook_deliveries")!, StringComparison.Ordinal);
        _postgres.Query("UPDATE jobs SET state = 4; UPDATE webhook_deliveries SET created_at = now() - interval '3 days'");
        await retention.PruneAsync(TimeSpan.FromDays(2), default);
        Assert.Equal(0L, _postgres.Query("SELECT (SELECT count(*) FROM webhook_deliveries) + (SELECT count(*) FROM jobs)"));
    }

    /// <summary>As a dump brings it to a server that numbers its transactions from the beginning.</summary>
    [Fact]
    public async Task Run_DatabaseRestoredOnAYoungerServer_GoesOnWithoutGaps()
    {
        await AddAsync();
        Insert(2);
        await EventuallyReadAsync();
        await EventuallyEvaluatedAsync();
        _postgres.Query("UPDATE jobs SET state = 3");
        var told = Deliveries().SelectMany(d => d).ToList();
        Insert(2);
        const string Years = "1000000000000";
        _postgres.Query($"UPDATE changes SET transaction_id = (transaction_id::text::bigint + {Years})::text::xid8");
        _postgres.Query($"UPDATE webhooks SET read_transaction = (read_transaction::text::bigint + {Years})::text::xid8");
        _postgres.Query($"UPDATE study_feed SET seen_before = (seen_before::text::bigint + {Years})::text::xid8");
        Assert.Equal(0, await Dispatch.RunAsync(default));

        await _process.Get<StudyCompletion>().EvaluateAsync(TimeSpan.FromHours(1), default);
        await EventuallyReadAsync();
        _postgres.Query("UPDATE jobs SET state = 3");
        Insert(1);
        await EventuallyReadAsync();
        var all = Deliveries().SelectMany(d => d).ToList();
        Assert.Equal(5, all.Count);
        Assert.Equal(all.Distinct().Order(), all.Order());
        Assert.Equal(2, told.Count);
    }

    public void Dispose() => _process.Dispose();

    private Task<Webhook> AddAsync(params ChangeKind[] kinds) => _process.Get<WebhookStore>().AddAsync(new WebhookRequest { Url = "http://127.0.0.1:9/", Kinds = kinds }, default);

    private void Insert(int count)
    {
        for (var left = count; left > 0; left -= 100)
            _postgres.Query($"INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid) SELECT 1, rpad('1.', 64, '1'), rpad('1.', 64, '2'), rpad('1.', 64, '3') FROM generate_series(1, {Math.Min(left, 100)})");
    }

    /// <summary>Nothing that is committed is still to be read; transactions of other tests' databases hold it up at times.</summary>
    private Task EventuallyReadAsync() => Eventually.TrueAsync(async () =>
    {
        await Dispatch.RunAsync(default);
        return _postgres.Query("SELECT NOT EXISTS (SELECT FROM changes, webhooks WHERE (transaction_id, changes.id) > (read_transaction, read_id))") is true;
    });

    private Task EventuallyEvaluatedAsync() => Eventually.TrueAsync(async () =>
    {
        await _process.Get<StudyCompletion>().EvaluateAsync(TimeSpan.FromHours(1), default);
        return _postgres.Query("SELECT NOT EXISTS (SELECT FROM changes WHERE transaction_id >= seen_before) FROM study_feed") is true;
    });

    private List<long[]> Deliveries()
    {
        var bodies = (string[])_postgres.Query("SELECT coalesce(array_agg(body ORDER BY job_id), '{}') FROM webhook_deliveries")!;
        return [.. bodies.Select(b => JsonDocument.Parse(b).RootElement.GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("id").GetInt64()).ToArray())];
    }
}
