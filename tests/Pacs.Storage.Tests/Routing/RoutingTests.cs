using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Changes;
using Pacs.Storage.Ingest;
using Pacs.Storage.Jobs;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Model;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Routing;
using Pacs.Storage.Studies;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Routing;

/// <summary>From the object that is stored to the rows of its jobs.</summary>
public sealed class RoutingTests : IClassFixture<PostgresFixture>, IDisposable
{
    private readonly PostgresFixture _postgres;
    private readonly StorageProcess _process;

    public RoutingTests(PostgresFixture postgres)
    {
        (_postgres, _process) = (postgres, postgres.StartProcess());
        Query("DELETE FROM routing_rules; DELETE FROM routing_outbox; DELETE FROM jobs; DELETE FROM peers");
    }

    private RoutingRuleStore Rules => _process.Get<RoutingRuleStore>();
    private RoutingDispatch Dispatch => _process.Get<RoutingDispatch>();

    [Fact]
    public async Task Store_RuleMatches_IsNotedInItsTransactionAndBecomesOneJob()
    {
        await PutAsync("all", Forward("A"));
        var study = SampleObjects.Study(2, 5, SampleOptions.Fresh());
        foreach (var sample in study) Assert.True(_process.Store(sample).IsSuccess);
        Assert.Equal(10L, Query("SELECT count(*) FROM routing_outbox"));
        Assert.Equal(10, await Dispatch.RunAsync(default));
        Assert.Equal(0L, Query("SELECT count(*) FROM routing_outbox"));
        Assert.Equal("forward A rule all 10", Query("SELECT kind || ' ' || peer || ' ' || cause || ' ' || objects_total FROM jobs"));
        Assert.Equal(study.Select(s => s.SopInstanceUid), ObjectsOfJobs());
        Assert.Equal((10L, 0L, 0L), await CountsAsync("all"));
    }

    [Fact]
    public async Task Store_RuleChangedOnAnotherNode_HoldsForTheNextObject()
    {
        using var other = _postgres.StartProcess();
        var options = SampleOptions.Fresh();
        _process.Store(SampleObjects.Ct(options));
        for (var i = 2; i < 12; i += 2)
        {
            await other.Get<RoutingRuleStore>().PutAsync(Rule($"r{i}", Forward("A")), default);
            _process.Store(SampleObjects.Ct(options with { InstanceNumber = i }));
            Assert.Equal(1L, Query("SELECT count(*) FROM routing_outbox"));
            Assert.True(await other.Get<RoutingRuleStore>().RemoveAsync($"r{i}", default));
            _process.Store(SampleObjects.Ct(options with { InstanceNumber = i + 1 }));
            Assert.Equal(0L, Query("SELECT count(*) FROM routing_outbox"));
        }
    }

    [Fact]
    public async Task Store_Twice_RoutesOnceAndAgainWhenReplaced()
    {
        await PutAsync("all", Forward("A"));
        var options = SampleOptions.Fresh();
        var sample = SampleObjects.Ct(options);
        _process.Store(sample);
        Assert.Equal(IngestOutcome.AlreadyStored, _process.Store(sample).Outcome);
        Assert.Equal(1, await Dispatch.RunAsync(default));
        Assert.Equal(IngestOutcome.Replaced, _process.Store(SampleObjects.Ct(options with { StudyDescription = "Another" })).Outcome);
        Query("UPDATE jobs SET state = 3; UPDATE job_objects SET state = 3");
        Assert.Equal(1, await Dispatch.RunAsync(default));
        Assert.Equal([sample.SopInstanceUid, sample.SopInstanceUid], ObjectsOfJobs());
    }

    [Fact]
    public async Task Dispatch_ObjectsOneByOne_GrowAJobThatNobodyHasBegun()
    {
        await PutAsync("all", Forward("A"));
        var options = SampleOptions.Fresh();
        for (var i = 1; i <= 20; i++)
        {
            _process.Store(SampleObjects.Ct(options with { InstanceNumber = i }));
            await Dispatch.RunAsync(default);
        }
        Assert.Equal(1L, Query("SELECT count(*) FROM jobs"));
        Assert.Equal(20, Query("SELECT objects_total FROM jobs"));
        Assert.Equal(20, ObjectsOfJobs().Distinct().Count());
        // Somebody is at it: what comes now is another job's.
        Query("UPDATE jobs SET state = 1, worker = 'x'");
        _process.Store(SampleObjects.Ct(options with { InstanceNumber = 21 }));
        await Dispatch.RunAsync(default);
        Assert.Equal(2L, Query("SELECT count(*) FROM jobs"));
        Assert.Equal((21L, 0L, 0L), await CountsAsync("all"));
    }

    [Fact]
    public async Task Dispatch_SeveralNodes_LoseAndDoubleNothing()
    {
        await PutAsync("all", Forward("A", "B"));
        using var other = _postgres.StartProcess();
        var stored = new List<string>();
        for (var round = 0; round < 10; round++)
        {
            var study = SampleObjects.Study(1, 10, SampleOptions.Fresh());
            await Task.WhenAll(
                Task.Run(() => { foreach (var s in study) _process.Store(s); }),
                Dispatch.RunAsync(default), other.Get<RoutingDispatch>().RunAsync(default), Dispatch.RunAsync(default));
            stored.AddRange(study.Select(s => s.SopInstanceUid));
        }
        await Dispatch.RunAsync(default);
        Assert.Equal(stored.Concat(stored).Order(), ObjectsOfJobs().Order());
    }

    [Fact]
    public async Task Rules_InOrder_StopKeepsObjectsFromLaterOnes()
    {
        await PutAsync("z-first", Forward("A") with { }, position: 1, condition: new() { Modalities = ["CT"] }, stop: true);
        await PutAsync("a-second", Forward("B"), position: 2);
        _process.Store(SampleObjects.Ct(SampleOptions.Fresh()));
        _process.Store(SampleObjects.Mr(SampleOptions.Fresh()));
        await Dispatch.RunAsync(default);
        Assert.Equal("A 1, B 1", Query("SELECT string_agg(peer || ' ' || objects_total, ', ' ORDER BY peer) FROM jobs"));
    }

    [Fact]
    public async Task Trigger_Study_WaitsForItsCompletion()
    {
        await PutAsync("study", Forward("A"), trigger: RoutingTrigger.Study);
        var study = SampleObjects.Study(2, 3, SampleOptions.Fresh());
        foreach (var sample in study) _process.Store(sample);
        Assert.Equal(0, await Dispatch.RunAsync(default));
        Assert.Equal(6, (await Rules.FindAsync("study", default))!.Waiting);
        await _process.Get<StudyCompletion>().CloseAsync(study[0].StudyInstanceUid, CompletionReason.Request, default);
        using var successor = _postgres.StartProcess();
        Assert.Equal(6, await successor.Get<RoutingDispatch>().RunAsync(default));
        Assert.Equal(1L, Query("SELECT count(*) FROM jobs"));
        Assert.Equal(6, ObjectsOfJobs().Count);
    }

    [Fact]
    public async Task Trigger_Series_WaitsForItsQuietTime()
    {
        await PutAsync("series", Forward("A"), trigger: RoutingTrigger.Series, quiet: 3600);
        var options = SampleOptions.Fresh();
        _process.Store(SampleObjects.Ct(options));
        _process.Store(SampleObjects.Ct(options with { SeriesNumber = 2 }));
        Assert.Equal(0, await Dispatch.RunAsync(default));
        // The clock of the database decides, whoever looks.
        Query($"UPDATE routing_outbox SET at = at - interval '2 hours' WHERE series_instance_uid = '{SampleObjects.Ct(options).SeriesInstanceUid}'");
        Assert.Equal(0, await Dispatch.RunAsync(default));
        Query($"UPDATE series SET updated_at = updated_at - interval '2 hours' WHERE series_instance_uid = '{SampleObjects.Ct(options).SeriesInstanceUid}'");
        using var successor = _postgres.StartProcess();
        Assert.Equal(1, await successor.Get<RoutingDispatch>().RunAsync(default));
        await _process.Get<StudyCompletion>().CloseAsync(SampleObjects.Ct(options).StudyInstanceUid, CompletionReason.Request, default);
        Assert.Equal(1, await Dispatch.RunAsync(default));
    }

    [Fact]
    public async Task Rule_DisabledChangedOrRemoved_WaitingObjectsDoAsDocumented()
    {
        await PutAsync("r", Forward("A"));
        _process.Store(SampleObjects.Ct(SampleOptions.Fresh()));
        await Rules.PutAsync(Rule("r", Forward("B")) with { IsEnabled = false }, default);
        Assert.Equal(0, await Dispatch.RunAsync(default));
        _process.Store(SampleObjects.Ct(SampleOptions.Fresh()));
        Assert.Equal(1, (await Rules.FindAsync("r", default))!.Waiting);
        await PutAsync("r", Forward("B"));
        Assert.Equal(1, await Dispatch.RunAsync(default));
        Assert.Equal("B", Query("SELECT string_agg(peer, ',') FROM jobs"));

        await PutAsync("r", Forward("B"), trigger: RoutingTrigger.Study);
        _process.Store(SampleObjects.Ct(SampleOptions.Fresh()));
        Assert.True(await Rules.RemoveAsync("r", default));
        Assert.Equal(0L, Query("SELECT count(*) FROM routing_outbox"));
        Assert.Equal(1L, Query("SELECT count(*) FROM jobs"));
    }

    [Fact]
    public async Task Dispatch_RuleOrObjectGone_LeavesNothingBehind()
    {
        await PutAsync("r", Forward("A"));
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        _process.Store(sample);
        await _process.Get<Deletion>().DeleteAsync(sample.StudyInstanceUid, null, null, default);
        Query("INSERT INTO routing_outbox (rule_id, is_due, study_instance_uid, series_instance_uid, sop_instance_uid, came_from, came_back) VALUES (0, true, '1', '1', '1', '', false)");
        Assert.Equal(1, await Dispatch.RunAsync(default));
        Assert.Equal(0L, Query("SELECT count(*) FROM jobs"));
        Assert.Equal(0L, Query("SELECT count(*) FROM routing_outbox"));
    }

    [Fact]
    public async Task Delete_StudyThatARuleWaitsFor_LeavesNothingWaiting()
    {
        await PutAsync("study", Forward("A"), trigger: RoutingTrigger.Study);
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh()).ToList();
        foreach (var sample in study) _process.Store(sample);
        await _process.Get<Deletion>().DeleteAsync(study[0].StudyInstanceUid, null, study[0].SopInstanceUid, default);
        Assert.Equal(2, (await Rules.FindAsync("study", default))!.Waiting);
        await _process.Get<Deletion>().DeleteAsync(study[0].StudyInstanceUid, null, null, default);
        Assert.Equal(0, (await Rules.FindAsync("study", default))!.Waiting);
    }

    [Fact]
    public async Task Filter_FileOfOneObjectCannotBeRead_HoldsUpNoOther()
    {
        await PutAsync("r", Forward("A") with { Filter = new() { Modalities = ["CT"] } });
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh()).ToList();
        foreach (var sample in study) _process.Store(sample);
        // A header too long for the index, in a file that is gone.
        var key = Query($"UPDATE instances SET header = NULL WHERE sop_instance_uid = '{study[1].SopInstanceUid}' RETURNING blob_key");
        File.Delete(Path.Combine(_postgres.DataFolder, "blobs", (string)key!));
        await Dispatch.RunAsync(default);
        Assert.Equal([study[0].SopInstanceUid, study[2].SopInstanceUid], ObjectsOfJobs());
        var state = (await Rules.FindAsync("r", default))!;
        Assert.Equal((2, 1), (state.Routed, state.Cut));
        Assert.Contains("cannot be read", state.LastCut, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reindex_StoredObjects_AreNotRoutedAgain()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        _process.Store(sample);
        await PutAsync("r", Forward("A"));
        await _process.Get<Reindex>().RunAsync(null, default);
        Assert.Equal(0L, Query("SELECT count(*) FROM routing_outbox"));
    }

    [Fact]
    public async Task Loop_ObjectFromTheDestination_IsCutAndCounted()
    {
        await PutAsync("r", Forward("MODALITY", "A"));
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        _process.Store(sample);
        await Dispatch.RunAsync(default);
        Assert.Equal("A", Query("SELECT string_agg(peer, ',') FROM jobs"));
        var state = (await Rules.FindAsync("r", default))!;
        Assert.Equal((1, 1, "not sent to MODALITY: it came from MODALITY"), (state.Routed, state.Cut, state.LastCut));
    }

    [Fact]
    public async Task Loop_FileOrAddressOfTheDestination_IsCut()
    {
        await _process.Get<PeerStore>().PutAsync(new Peer("B", "192.0.2.9", 104), default);
        await PutAsync("r", Forward("A", "B"));
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var file = (byte[])[.. (sample.FileMeta with { SourceApplicationEntityTitle = "A" }).ToPart10Header(), .. sample.ToDatasetBytes()];
        Assert.True((await _process.StoreFile(file)).IsSuccess);
        using (var session = _process.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("STOW-RS") { RemoteAddress = "::ffff:192.0.2.9" })))
        {
            var other = SampleObjects.Ct(SampleOptions.Fresh());
            session.Write(other.ToDatasetBytes());
            Assert.True(session.Complete().IsSuccess);
        }
        await Dispatch.RunAsync(default);
        Assert.Equal("A 1, B 1", Query("SELECT string_agg(peer || ' ' || objects_total, ', ' ORDER BY peer) FROM jobs"));
        Assert.Equal(2, (await Rules.FindAsync("r", default))!.Cut);
    }

    [Fact]
    public async Task Loop_ChangedHereAndCameBack_IsCut()
    {
        await PutAsync("r", Forward("A"));
        var archive = Router.ArchiveName(_process.Get<Pacs.Storage.Hosting.PacsOptions>(), (string)Query("SELECT archive FROM routing_version")!);
        var faults = new List<string>();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        AttributeChanges.Read([new() { Attribute = "PatientID", Value = "X" }], archive, "c", faults).Apply(sample.Dataset, DateTimeOffset.UtcNow);
        _process.Store(sample);
        await Dispatch.RunAsync(default);
        Assert.Equal(0L, Query("SELECT count(*) FROM jobs"));
        Assert.Equal((0L, 1L, 0L), await CountsAsync("r"));
    }

    [Fact]
    public async Task Group_FailoverAndLoadSharing_ChooseAsAsked()
    {
        await PutAsync("failover", Forward("A", "B", "MODALITY") with { Choice = DestinationChoice.Failover });
        await PutAsync("shared", Forward("C", "D", "E") with { Choice = DestinationChoice.LoadSharing });
        for (var i = 0; i < 30; i++)
            foreach (var sample in SampleObjects.Study(2, 1, SampleOptions.Fresh())) _process.Store(sample);
        await Dispatch.RunAsync(default);
        Assert.Equal("A {B}", Query("SELECT string_agg(DISTINCT peer || ' ' || alternates::text, ', ') FROM jobs WHERE cause = 'rule failover'"));
        Assert.Equal(30L, Query("SELECT count(*) FROM jobs WHERE cause = 'rule shared' AND objects_total = 2 AND cardinality(alternates) = 2"));
        Assert.Equal(3L, Query("SELECT count(DISTINCT peer) FROM jobs WHERE cause = 'rule shared'"));
    }

    [Theory]
    [InlineData(RoutingTrigger.Object, 4)]
    [InlineData(RoutingTrigger.Series, 2)]
    [InlineData(RoutingTrigger.Study, 1)]
    public async Task Notify_Webhooks_ChangeFeedTellsWhatTheRuleTook(RoutingTrigger trigger, int events)
    {
        await PutAsync("told", new() { Kind = RoutingActionKind.Notify, Webhooks = true }, trigger, new() { Modalities = ["CT"] });
        var feed = _process.Get<ChangeFeed>();
        var since = (await feed.ReadAsync(ChangeFeed.Now, 1, [], default)).Next;
        var options = SampleOptions.Fresh();
        List<SampleObject> study = [.. SampleObjects.Study(2, 2, options)];
        foreach (var sample in study) _process.Store(sample);
        _process.Store(SampleObjects.Mr(options with { SeriesNumber = 9 }));
        Query("UPDATE routing_outbox SET is_due = true");
        await Dispatch.RunAsync(default);
        await Dispatch.RunAsync(default);
        await _postgres.EventuallyToldAsync();

        var told = (await feed.ReadAsync(since, 100, [ChangeKind.Routed], default)).Changes;
        Assert.Equal(events, told.Count);
        Assert.All(told, t => Assert.Equal(("told", study[0].StudyInstanceUid), (t.Rule, t.StudyInstanceUid)));
        Assert.Equal(trigger == RoutingTrigger.Study ? [] : study.Select(s => s.SeriesInstanceUid).Distinct().Order(), told.Select(t => t.SeriesInstanceUid).OfType<string>().Distinct().Order());
        Assert.Equal(trigger == RoutingTrigger.Object ? study.Select(s => s.SopInstanceUid).Order() : [], told.Select(t => t.SopInstanceUid).OfType<string>().Order());
        Assert.Equal((events, 0L, 0L), await CountsAsync("told"));
        Assert.Equal(0L, Query("SELECT count(*) FROM jobs"));
    }

    [Fact]
    public async Task Forward_FilterCoercionPriority_AreInTheJob()
    {
        await PutAsync("r", Forward("A") with
        {
            Filter = new() { Modalities = ["CT"] },
            Priority = JobPriority.High,
            Coerce = [new() { Attribute = "PatientName", Value = "{PatientID}" }],
            Commit = true,
        }, trigger: RoutingTrigger.Study);
        var options = SampleOptions.Fresh();
        _process.Store(SampleObjects.Ct(options));
        _process.Store(SampleObjects.Mr(options with { SeriesNumber = 2 }));
        await _process.Get<StudyCompletion>().CloseAsync(SampleObjects.Ct(options).StudyInstanceUid, CompletionReason.Request, default);
        await Dispatch.RunAsync(default);
        Assert.Equal([SampleObjects.Ct(options).SopInstanceUid], ObjectsOfJobs());
        Assert.Equal((short)2, Query("SELECT priority FROM jobs"));
        Assert.Equal("{PatientID}", Query("SELECT parameters #>> '{coerce,0,value}' FROM jobs"));
        Assert.Equal("true", Query("SELECT parameters ->> 'commit' FROM jobs"));
    }

    [Fact]
    public async Task PrefetchAndRetention_OncePerStudy_AreDone()
    {
        await PutAsync("r", new RoutingAction { Kind = RoutingActionKind.Prefetch, Destinations = ["OLD"], Studies = 5, SameModality = true }, more: new RoutingAction { Kind = RoutingActionKind.Retention, RetentionClass = "short" });
        var options = SampleOptions.Fresh();
        for (var i = 1; i <= 3; i++)
        {
            _process.Store(SampleObjects.Ct(options with { InstanceNumber = i }));
            await Dispatch.RunAsync(default);
        }
        Assert.Equal("prefetch OLD 5", Query("SELECT string_agg(kind || ' ' || peer || ' ' || (parameters ->> 'studies'), ',') FROM jobs"));
        Assert.Equal("short r", Query($"SELECT class || ' ' || rule FROM retention_studies WHERE study_instance_uid = '{SampleObjects.Ct(options).StudyInstanceUid}'"));
    }

    [Fact]
    public async Task DryRun_StoredStudyAndPostedObject_TellWhichAndWhyNot()
    {
        await PutAsync("ct", Forward("A", "MODALITY"), condition: new() { Modalities = ["CT"] });
        await PutAsync("mr", Forward("A"), condition: new() { Modalities = ["MR"] });
        await PutAsync("listener", Forward("A"), condition: new() { Listeners = ["research"] });
        var options = SampleOptions.Fresh();
        _process.Store(SampleObjects.Ct(options));
        _process.Store(SampleObjects.Mr(options with { SeriesNumber = 2 }));
        Query("DELETE FROM routing_outbox");
        var dry = _process.Get<RoutingDryRun>();
        var stored = await dry.RunAsync(SampleObjects.Ct(options).StudyInstanceUid, "default", default);
        Assert.Equal([("ct", true, 1), ("listener", false, 0), ("mr", true, 1)], stored!.Select(r => (r.Rule, r.Fires, r.Objects)));
        Assert.Equal(["A"], stored![0].Actions[0].Destinations);
        Assert.Equal(["MODALITY: it came from MODALITY"], stored[0].Actions[0].Cut);
        Assert.Equal("condition: listeners research", stored[1].Because);
        Assert.Equal([true, true, true], (await dry.RunAsync(SampleObjects.Ct(options).StudyInstanceUid, "research", default))!.Select(r => r.Fires));
        Assert.Null(await dry.RunAsync("1.2.3.999", "default", default));

        var posted = await dry.RunAsync(new RoutingSubject(SampleObjects.Mr(options).Dataset, new IngestSource("DIMSE") { Listener = "research" }, DateTimeOffset.UtcNow), default);
        Assert.Equal([false, true, true], posted.Select(r => r.Fires));
        Assert.Equal("condition: modalities CT", posted[0].Because);
        Assert.Equal(0L, Query("SELECT count(*) FROM routing_outbox"));
    }

    [Fact]
    public async Task DryRun_StudyOfWhichTheFilterKeepsSomeBack_TellsOfAllObjects()
    {
        await PutAsync("r", Forward("A") with { Filter = new() { Attribute = "InstanceNumber", From = "2" } }, more: new RoutingAction { Kind = RoutingActionKind.Forward, Destinations = ["MODALITY"] });
        var options = SampleOptions.Fresh();
        for (var i = 1; i <= 3; i++) _process.Store(SampleObjects.Ct(options with { InstanceNumber = i }));

        var rule = Assert.Single((await _process.Get<RoutingDryRun>().RunAsync(SampleObjects.Ct(options).StudyInstanceUid, "default", default))!);

        Assert.Equal(3, rule.Objects);
        Assert.Equal((2, "A", "filter: attribute InstanceNumber"), (rule.Actions[0].Objects, Assert.Single(rule.Actions[0].Destinations), rule.Actions[0].Because));
        Assert.Equal((0, "MODALITY: it came from MODALITY"), (rule.Actions[1].Objects, Assert.Single(rule.Actions[1].Cut)));
    }

    public void Dispose()
    {
        Query("DELETE FROM routing_rules; DELETE FROM routing_outbox; DELETE FROM jobs; DELETE FROM peers");
        _process.Dispose();
    }

    private static RoutingAction Forward(params string[] destinations) => new() { Destinations = destinations };

    private static RoutingRule Rule(string name, params RoutingAction[] actions) => new() { Name = name, Position = 10, Actions = actions };

    private Task PutAsync(
        string name, RoutingAction action, RoutingTrigger trigger = RoutingTrigger.Object, RoutingCondition? condition = null, int position = 10, bool stop = false, int quiet = 30, RoutingAction? more = null)
    {
        var rule = Rule(name, more is null ? [action] : [action, more]) with { Position = position, Trigger = trigger, Condition = condition, Stop = stop, QuietSeconds = quiet };
        Assert.Empty(RoutingValidation.Faults(rule));
        return Rules.PutAsync(rule, default);
    }

    private async Task<(long Routed, long Cut, long Waiting)> CountsAsync(string rule) => (await Rules.FindAsync(rule, default)) is { } state ? (state.Routed, state.Cut, state.Waiting) : default;

    private List<string> ObjectsOfJobs() =>
        [.. ((string?)Query("SELECT string_agg(sop_instance_uid, ',' ORDER BY job_id, number) FROM job_objects") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)];

    private object? Query(string sql) => _postgres.Query(sql);
}
