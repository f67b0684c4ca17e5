using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Routing;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Routing;

/// <summary>From the object that comes in to the peer that has it.</summary>
public sealed class RoutingWatchTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Rule_ObjectsComeIn_ArriveChangedAtThePeerAndStayAsTheyWere()
    {
        await using var destination = await StoreScp.StartAsync("ROUTED");
        await PutAsync("changed", destination.Address, new RoutingCondition { Modalities = ["CT"] }, new AttributeChange { Attribute = "PatientName", Value = "CASE^{PatientID}" });
        using var worker = await archive.StartWorkerAsync();
        var options = SampleOptions.Fresh();
        var study = SampleObjects.Study(2, 10, options).ToList();
        archive.Store(study);
        await Eventually.TrueAsync(() => destination.Files.Count == study.Count, what: "all are there");
        await EventuallyDoneAsync("rule changed");
        foreach (var file in destination.Files)
        {
            var content = DicomFile.Open(file);
            var sample = study.Single(s => s.SopInstanceUid == content.FileMeta.MediaStorageSopInstanceUid);
            Assert.Equal($"CASE^{sample.PatientId}", content.Dataset.GetString(Tags.PatientName));
            Assert.Equal("Doe^Jane", content.Dataset.GetItems(Tags.OriginalAttributesSequence)[0].GetItems(Tags.ModifiedAttributesSequence)[0].GetString(Tags.PatientName));
        }
        Assert.Equal(0L, archive.Postgres.Query("SELECT count(*) FROM routing_outbox"));
        await worker.StopAsync();
        await archive.Rules.RemoveAsync("changed", default);
    }

    [Fact]
    public async Task Rule_ValueThatCannotBe_FailsTheObjectAndTellsWhy()
    {
        await using var destination = await StoreScp.StartAsync("TOOLONG");
        await PutAsync("toolong", destination.Address, new RoutingCondition { Modalities = ["MR"] }, new AttributeChange { Attribute = "AccessionNumber", Value = "{StudyInstanceUID}" });
        using var worker = await archive.StartWorkerAsync();
        archive.Store([SampleObjects.Mr(SampleOptions.Fresh())]);
        await Eventually.TrueAsync(async () => (await archive.Jobs.ListAsync(new JobFilter { Cause = "rule toolong" }, default)) is [{ State: JobState.Failed }], what: "the job failed");
        var job = (await archive.Jobs.ListAsync(new JobFilter { Cause = "rule toolong" }, default))[0];
        Assert.Contains("AccessionNumber would be longer than 16", (await archive.Jobs.ListObjectsAsync(job.Id, null, 0, 10, default))[0].Message);
        Assert.Empty(destination.Files);
        await worker.StopAsync();
        await archive.Rules.RemoveAsync("toolong", default);
    }

    [Fact]
    public async Task Rule_Notify_TellsByTheServiceThatItNames()
    {
        using var peer = new RecordingScp(Uids.BasicStudyContentNotification);
        await archive.Peers.PutAsync(new Peer(peer.Address.AeTitle, peer.Address.Host, peer.Address.Port), default);
        var rule = new RoutingRule
        {
            Name = "told",
            Position = 2,
            Trigger = RoutingTrigger.Study,
            Condition = new RoutingCondition { Modalities = ["SR"] },
            Actions = [new RoutingAction { Kind = RoutingActionKind.Notify, Notification = PeerNotification.StudyContent, Destinations = [peer.Address.AeTitle] }],
        };
        Assert.Empty(RoutingValidation.Faults(rule));
        await archive.Rules.PutAsync(rule, default);
        using var worker = await archive.StartWorkerAsync(("Pacs:Studies:QuietSeconds", "1"));
        var report = SampleObjects.StructuredReport(SampleOptions.Fresh());
        archive.Store([report]);
        await EventuallyDoneAsync("rule told");
        Assert.Equal(report.StudyInstanceUid, Assert.Single(peer.Requests).Dataset.GetString(Tags.StudyInstanceUID));
        await worker.StopAsync();
        await archive.Rules.RemoveAsync("told", default);
    }

    /// <summary>Worker processes die again and again between ingest, watch and job.</summary>
    [Fact]
    public async Task Kill_WorkersWhileObjectsCome_EveryObjectHasItsJobAndArrives()
    {
        await using var destination = await StoreScp.StartAsync("KILLED");
        await PutAsync("killed", destination.Address, new RoutingCondition { Modalities = ["US"] });
        var stored = new List<SampleObject>();
        for (var round = 0; round < 3; round++)
        {
            using var process = archive.StartWorkerProcess();
            var before = Routed();
            Store();
            await Eventually.TrueAsync(() => Routed() > before, what: "the worker is at it");
            for (var i = 0; i < 40; i++) Store();
            await process.KillAsync();
            Assert.Equal(stored.Count, NotedOrRouted());
        }
        using var worker = await archive.StartWorkerAsync();
        await Eventually.TrueAsync(() => destination.Files.Count == stored.Count, what: "all are there");
        await EventuallyDoneAsync("rule killed");
        Assert.Equal(stored.Select(s => s.SopInstanceUid).Order(), destination.Files.Select(f => DicomFile.Open(f).FileMeta.MediaStorageSopInstanceUid).Order());
        await worker.StopAsync();
        await archive.Rules.RemoveAsync("killed", default);

        void Store()
        {
            stored.Add(SampleObjects.MultiFrame(SampleOptions.Fresh()));
            archive.Store([stored[^1]]);
        }
        int NotedOrRouted() => Convert.ToInt32(archive.Postgres.Query(
            """
            SELECT count(DISTINCT uid) FROM (
                SELECT o.sop_instance_uid FROM routing_outbox o JOIN routing_rules r ON r.id = o.rule_id WHERE r.name = 'killed'
                UNION ALL SELECT o.sop_instance_uid FROM job_objects o JOIN jobs j ON j.id = o.job_id WHERE j.cause = 'rule killed') x (uid)
            """), System.Globalization.CultureInfo.InvariantCulture);
        // Not the number of jobs: one that nobody has begun grows.
        long Routed() => (long)archive.Postgres.Query("SELECT count(*) FROM job_objects o JOIN jobs j ON j.id = o.job_id WHERE j.cause = 'rule killed'")!;
    }

    private async Task PutAsync(string name, DicomAddress peer, RoutingCondition condition, params AttributeChange[] coerce)
    {
        await archive.Peers.PutAsync(new Peer(peer.AeTitle, peer.Host, peer.Port), default);
        var rule = new RoutingRule { Name = name, Position = 1, Condition = condition, Actions = [new RoutingAction { Destinations = [peer.AeTitle], Coerce = coerce }] };
        Assert.Empty(RoutingValidation.Faults(rule));
        await archive.Rules.PutAsync(rule, default);
    }

    private Task EventuallyDoneAsync(string cause) => Eventually.TrueAsync(
        async () => (await archive.Jobs.ListAsync(new JobFilter { Cause = cause, Limit = 1000 }, default)) is { Count: > 0 } jobs && jobs.All(j => j.State == JobState.Done), 180, "jobs are done");
}
