using Microsoft.Extensions.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Model;
using Pacs.Storage.Routing;
using Pacs.Storage.Webhooks;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Webhooks;

/// <summary>Receivers are told of changes: each at least once, in order, whatever happens to either side.</summary>
public sealed class WebhookJobTests(WorkerFixture archive) : IClassFixture<WorkerFixture>, IAsyncLifetime
{
    private readonly WebhookReceiver _receiver = new();

    [Fact]
    public async Task Deliver_ByTwoWorkers_ArrivesSignedOnceInOrderWithoutPatientData()
    {
        var hook = await AddAsync();
        using var first = await archive.StartWorkerAsync(("Pacs:Http:PublicBaseUrl", "https://pacs.example.org/"));
        using var second = await archive.StartWorkerAsync(("Pacs:Http:PublicBaseUrl", "https://pacs.example.org/"));
        var study = SampleObjects.Study(2, 3, SampleOptions.Fresh());
        foreach (var sample in study) archive.Store([sample]);
        await archive.Studies.CloseAsync(study[0].StudyInstanceUid, CompletionReason.Request, default);

        var told = await EventuallyTakenAsync();
        Assert.Equal(7, told.Count);
        Assert.Equal(1, _receiver.MostAtOnce);
        Assert.All(_receiver.Received, d => Assert.True(WebhookReceiver.IsSigned(d, hook.Secret!)));
        Assert.All(_receiver.Received, d => Assert.StartsWith("application/json", d.ContentType, StringComparison.Ordinal));
        Assert.All(_receiver.Received, d => Assert.Equal(d.Id, d.Json.GetProperty("deliveryId").GetString()));
        var last = _receiver.Received[^1].Json.GetProperty("changes").EnumerateArray().Last();
        Assert.Equal(("StudyCompleted", "Request", $"https://pacs.example.org/dicomweb/studies/{study[0].StudyInstanceUid}"),
            (last.GetProperty("kind").GetString(), last.GetProperty("reason").GetString(), last.GetProperty("retrieveUrl").GetString()));
        Assert.All(_receiver.Received, d => Assert.DoesNotContain("patient", d.Body, StringComparison.OrdinalIgnoreCase));
        await first.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task Deliver_SomeKindsOnly_TellsOfThose()
    {
        await AddAsync(ChangeKind.StudyCompleted);
        using var worker = await archive.StartWorkerAsync();
        var study = Store();
        await archive.Studies.CloseAsync(study, CompletionReason.Request, default);
        await Eventually.TrueAsync(() => _receiver.Received.Count > 0);
        Assert.Equal(["StudyCompleted"], Assert.Single(_receiver.Received).Kinds);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Deliver_WhatARuleTook_TellsTheRuleAndTheObject()
    {
        var hook = await AddAsync(ChangeKind.Routed);
        await archive.Rules.PutAsync(new RoutingRule { Name = "told", Position = 1, Actions = [new RoutingAction { Kind = RoutingActionKind.Notify, Webhooks = true }] }, default);
        using var worker = await archive.StartWorkerAsync();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        archive.Store([sample]);
        await Eventually.TrueAsync(() => _receiver.Received.Count > 0);
        var delivery = Assert.Single(_receiver.Received);
        Assert.True(WebhookReceiver.IsSigned(delivery, hook.Secret!));
        var change = Assert.Single(delivery.Json.GetProperty("changes").EnumerateArray());
        Assert.Equal(["Routed", "told", sample.StudyInstanceUid, sample.SeriesInstanceUid, sample.SopInstanceUid],
            ((string[])["kind", "rule", "studyInstanceUid", "seriesInstanceUid", "sopInstanceUid"]).Select(name => change.GetProperty(name).GetString()));
        await worker.StopAsync();
        await archive.Rules.RemoveAsync("told", default);
    }

    [Fact]
    public async Task Deliver_RuleNamesAWebhook_TellsThatOneAlone()
    {
        var named = await AddAsync(ChangeKind.StudyCompleted);
        var other = await AddAsync(ChangeKind.Routed);
        RoutingAction one = new() { Kind = RoutingActionKind.Notify, WebhookIds = [named.Id] }, all = new() { Kind = RoutingActionKind.Notify, Webhooks = true };
        await archive.Rules.PutAsync(new RoutingRule { Name = "one", Position = 1, Actions = [one] }, default);
        await archive.Rules.PutAsync(new RoutingRule { Name = "all", Position = 2, Actions = [all] }, default);
        using var worker = await archive.StartWorkerAsync();
        Store();

        await Eventually.TrueAsync(() => _receiver.Received.Select(d => d.Json.GetProperty("webhookId").GetInt64()).Distinct().Count() == 2);
        Assert.Equal(
            [(named.Id, "one"), (other.Id, "all")],
            _receiver.Received.SelectMany(d => d.Json.GetProperty("changes").EnumerateArray().Select(c => (Hook: d.Json.GetProperty("webhookId").GetInt64(), Rule: c.GetProperty("rule").GetString()!))).Distinct().OrderBy(t => t.Hook));
        await worker.StopAsync();
        foreach (var rule in new[] { "one", "all" }) await archive.Rules.RemoveAsync(rule, default);
    }

    /// <summary>However often: the same again, and what comes later waits.</summary>
    [Fact]
    public async Task Deliver_ReceiverAwayThenBusy_WaitsAndArrivesInTheEndInOrder()
    {
        var hook = await AddAsync();
        _receiver.Answer = d => Task.FromResult(_receiver.Received.Count <= 3 ? 503 : 200);
        _receiver.Stop();
        using var worker = await archive.StartWorkerAsync(("Pacs:Jobs:MaxAttempts", "1"));
        Store();
        await EventuallyAsync(hook.Id, w => w.LastMessage?.Contains("cannot be reached", StringComparison.Ordinal) == true);
        Store();
        _receiver.Start();

        await EventuallyTakenAsync();
        var received = _receiver.Received;
        Assert.Equal(503, received[0].Status);
        Assert.Single(received.Take(4).Select(d => (d.Id, d.Body)).Distinct());
        Assert.Equal(1, _receiver.MostAtOnce);
        Assert.Equal((true, 200, 0), await EventuallyAsync(hook.Id, w => w.LastStatus == 200) switch { var w => (w.Enabled, w.LastStatus ?? 0, w.Failures) });
        await worker.StopAsync();
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Deliver_ReceiverSaysWhenToComeBack_IsLeftAloneUntilThen(int status)
    {
        var hook = await AddAsync();
        _receiver.Answer = _ => Task.FromResult(status);
        _receiver.RetryAfter = "600";
        using var worker = await archive.StartWorkerAsync();
        Store();
        var told = await EventuallyAsync(hook.Id, w => w.LastStatus == status);
        var job = await archive.EventuallyAsync(told.JobId!.Value, JobState.Waiting);
        Assert.InRange(job.NextAttemptAt!.Value - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
        Assert.Single(_receiver.Received);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Deliver_ReceiverRefusesOne_FailsThatAndGoesOnUntilRetry()
    {
        var hook = await AddAsync();
        _receiver.Answer = d => Task.FromResult(_receiver.Received.Count == 1 ? 400 : 200);
        using var worker = await archive.StartWorkerAsync();
        Store();
        var refused = await EventuallyAsync(hook.Id, w => w.LastStatus == 400);
        Store();
        await EventuallyAsync(hook.Id, w => w.LastStatus == 200 && w.Failures == 0);
        var job = await archive.EventuallyAsync(refused.JobId!.Value, JobState.Failed);
        Assert.Contains("400", job.Message, StringComparison.Ordinal);
        Assert.Equal(2, _receiver.Received.Count);

        Assert.Equal(JobChange.Accepted, await archive.Jobs.RetryAsync(job.Id, default));
        await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Equal(_receiver.Received[0].Id, _receiver.Received[2].Id);
        await EventuallyTakenAsync(isSorted: false);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Deliver_ReceiverGone_DisablesAndGoesOnWhenEnabled()
    {
        var hook = await AddAsync();
        _receiver.Answer = d => Task.FromResult(_receiver.Received.Count == 1 ? 410 : 200);
        using var worker = await archive.StartWorkerAsync();
        Store();
        var disabled = await EventuallyAsync(hook.Id, w => !w.Enabled);
        Assert.Contains("410", disabled.DisabledBecause, StringComparison.Ordinal);
        await archive.EventuallyAsync(disabled.JobId!.Value, j => j.Message.Contains("disabled", StringComparison.Ordinal), "job says why it waits");
        Store();
        Assert.Single(_receiver.Received);

        var enabled = await archive.Webhooks.ChangeAsync(hook.Id, new WebhookRequest { Url = _receiver.Url }, default);
        Assert.Equal((true, null, null), (enabled!.Enabled, enabled.DisabledBecause, enabled.Secret));
        await EventuallyTakenAsync();
        Assert.Equal(_receiver.Received[0].Id, _receiver.Received[1].Id);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Deliver_RefusedAgainAndAgain_Disables()
    {
        var hook = await AddAsync();
        _receiver.Answer = _ => Task.FromResult(404);
        using var worker = await archive.StartWorkerAsync();
        archive.Postgres.Query($"UPDATE webhooks SET failures = {WebhookStore.MaxFailures - 2} WHERE id = {hook.Id}");
        Store();
        await EventuallyAsync(hook.Id, w => w.Failures == WebhookStore.MaxFailures - 1);
        Assert.True((await archive.Webhooks.FindAsync(hook.Id, default))!.Enabled);
        Store();
        var disabled = await EventuallyAsync(hook.Id, w => !w.Enabled);
        Assert.Contains("in a row", disabled.DisabledBecause, StringComparison.Ordinal);
        await worker.StopAsync();
    }

    /// <summary>Between the answer of the receiver and the word of it there is always a moment.</summary>
    [Fact]
    public async Task Deliver_WorkerKilledInTheMidst_IsSentAgainAsTheSame()
    {
        await AddAsync();
        var isKilled = new TaskCompletionSource();
        _receiver.Answer = async _ =>
        {
            if (_receiver.Received.Count == 1) await isKilled.Task;
            return 200;
        };
        using (var doomed = archive.StartWorkerProcess())
        {
            Store();
            await Eventually.TrueAsync(() => _receiver.Received.Count == 1);
            await doomed.KillAsync();
        }
        isKilled.SetResult();
        using var successor = await archive.StartWorkerAsync();
        await Eventually.TrueAsync(() => _receiver.Received.Count == 2);
        Assert.Single(_receiver.Received.Select(d => (d.Id, d.Body)).Distinct());
        Store();
        await Eventually.TrueAsync(() => _receiver.Received.Count == 3);
        await EventuallyTakenAsync(isOnce: false);
        await successor.StopAsync();
    }

    [Fact]
    public async Task Remove_WithADeliveryThatWaits_LeavesNothing()
    {
        var hook = await AddAsync();
        _receiver.Answer = _ => Task.FromResult(500);
        using var worker = await archive.StartWorkerAsync();
        Store();
        var waiting = await EventuallyAsync(hook.Id, w => w.LastStatus == 500);
        Assert.True(await archive.Webhooks.RemoveAsync(hook.Id, default));
        Assert.False(await archive.Webhooks.RemoveAsync(hook.Id, default));
        Assert.Null(await archive.Jobs.FindAsync(waiting.JobId!.Value, default));
        Assert.Equal(0L, archive.Postgres.Query("SELECT count(*) FROM webhook_deliveries"));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Prune_ChangesOfTheWorkersPast_AreGone()
    {
        Store();
        await Eventually.TrueAsync(async () =>
        {
            await archive.Studies.EvaluateAsync(TimeSpan.FromHours(1), default);
            return archive.Postgres.Query("SELECT NOT EXISTS (SELECT FROM changes WHERE transaction_id >= seen_before) FROM study_feed") is true;
        });
        archive.Postgres.Query("UPDATE changes SET at = now() - interval '3 days'");
        using var worker = await archive.StartWorkerAsync(("Pacs:Changes:KeepDays", "2"));
        await Eventually.TrueAsync(() => archive.Postgres.Query("SELECT count(*) FROM changes") is 0L);
        await worker.StopAsync();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _receiver.Dispose();
        foreach (var hook in await archive.Webhooks.ListAsync(default)) await archive.Webhooks.RemoveAsync(hook.Id, default);
    }

    private Task<Webhook> AddAsync(params ChangeKind[] kinds) => archive.Webhooks.AddAsync(new WebhookRequest { Url = _receiver.Url, Kinds = kinds }, default);

    private string Store()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        archive.Store([sample]);
        return sample.StudyInstanceUid;
    }

    private async Task<Webhook> EventuallyAsync(long id, Func<Webhook, bool> isAsWanted)
    {
        Webhook? hook = null;
        await Eventually.TrueAsync(async () => isAsWanted((hook = await archive.Webhooks.FindAsync(id, default))!));
        return hook!;
    }

    /// <summary>Everything since the webhook was added is taken.</summary>
    private async Task<IReadOnlyList<long>> EventuallyTakenAsync(bool isSorted = true, bool isOnce = true)
    {
        var hook = Assert.Single(await archive.Webhooks.ListAsync(default));
        await Eventually.TrueAsync(() => archive.Postgres.Query(
            $"SELECT NOT EXISTS (SELECT FROM changes WHERE (transaction_id, id) > (read_transaction, read_id)) AND NOT EXISTS (SELECT FROM webhook_deliveries) FROM webhooks WHERE id = {hook.Id}") is true);
        var expected = ((long[])archive.Postgres.Query($"SELECT array_agg(c.id ORDER BY transaction_id, c.id) FROM changes c, webhooks w WHERE w.id = {hook.Id} AND c.at >= w.created_at")!).ToList();
        var taken = _receiver.Taken.ToList();
        if (!isOnce) taken = [.. taken.Distinct()];
        Assert.Equal(expected, isSorted ? taken : [.. taken.Order()]);
        return taken;
    }
}
