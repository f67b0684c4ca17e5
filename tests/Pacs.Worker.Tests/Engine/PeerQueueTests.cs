using Pacs.Dicom.Messages;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Engine;

public sealed class PeerQueueTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Away_ManyJobs_OneTriesAloneAndAllGoInOrderWhenThePeerIsBack()
    {
        using var destination = new Destination { IsCongested = true };
        var peer = PeerOf(destination, new PeerOutbound { MaxAssociations = 1 });
        var jobs = await archive.ForwardManyAsync(12, peer);
        var urgent = SampleObjects.Ct(SampleOptions.Fresh());
        archive.Store([urgent]);
        var first = await archive.Jobs.CreateAsync(new JobRequest("forward") { SopInstanceUid = urgent.SopInstanceUid, Peer = peer.AeTitle, Priority = JobPriority.High }, default);
        using var worker = await archive.StartWorkerAsync();

        await Eventually.TrueAsync(() => Task.FromResult(destination.Associations >= 3), what: "it is tried again");
        Assert.NotEmpty(await archive.Jobs.ListRunsAsync(first.Id, default));
        foreach (var waiting in jobs)
        {
            Assert.Empty(await archive.Jobs.ListRunsAsync(waiting.Id, default));
            var job = await archive.Jobs.FindAsync(waiting.Id, default);
            Assert.Equal((JobState.Waiting, 0), (job!.State, job.Attempts));
            Assert.Contains("congestion", job.Message, StringComparison.Ordinal);
        }
        var queue = await archive.Queues.FindAsync(peer.AeTitle, default);
        Assert.Equal((PeerQueueState.Away, 13), (queue.State, queue.Waiting + queue.Running));
        Assert.True(queue.Attempts >= 2);
        Assert.Contains(await archive.Jobs.ListAsync(new JobFilter { State = JobState.Waiting, Peer = peer.AeTitle }, default), j => j.Id == jobs[11].Id);

        destination.IsCongested = false;
        await archive.EventuallyAsync(first.Id, JobState.Done);
        foreach (var job in jobs) await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Equal([urgent.SopInstanceUid, .. jobs.Select(j => j.SopInstanceUid)], destination.Received);
        Assert.Equal(1, destination.MostAtATime);
        Assert.Equal(PeerQueueState.Open, (await archive.Queues.FindAsync(peer.AeTitle, default)).State);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Away_OnePeer_OthersGoOn()
    {
        using var destination = new Destination();
        var gone = new Peer($"G{Random.Shared.Next():X}", "127.0.0.1", FreePort.Next());
        var waiting = await archive.ForwardManyAsync(3, gone);
        using var worker = await archive.StartWorkerAsync();
        foreach (var job in await archive.ForwardManyAsync(3, PeerOf(destination))) await archive.EventuallyAsync(job.Id, JobState.Done);
        await archive.EventuallyAsync(waiting[0].Id, j => j is { State: JobState.Waiting, Attempts: 0, ObjectsFailed: 0 }, "it waits");
        await worker.StopAsync();
    }

    [Fact]
    public async Task Away_VerificationAnswers_OpensTheQueue()
    {
        using var destination = new Destination { IsCongested = true };
        var peer = PeerOf(destination);
        var jobs = await archive.ForwardManyAsync(2, peer);
        using var worker = await archive.StartWorkerAsync(("Pacs:Jobs:RetryDelaySeconds", "3000"), ("Pacs:Jobs:MaxRetryDelaySeconds", "3000"), ("Pacs:Jobs:MaxAwayDelaySeconds", "3000"));
        await Eventually.TrueAsync(async () => (await archive.Queues.FindAsync(peer.AeTitle, default)).State == PeerQueueState.Away, what: "it is away");
        destination.IsCongested = false;

        var verification = await archive.Jobs.CreateAsync(new JobRequest("verify"), default);
        await archive.EventuallyAsync(verification.Id, j => j.State is JobState.Done or JobState.Warning, "peers are verified");
        foreach (var job in jobs) await archive.EventuallyAsync(job.Id, JobState.Done);
        var result = await archive.Verifier.FindAsync(peer.AeTitle, default);
        Assert.Equal((true, "0000"), (result!.Success, result.Status));
        Assert.NotNull(result.LastSeenAt);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Away_RetryAtOnce_TriesAtOnce()
    {
        using var destination = new Destination { IsCongested = true };
        var peer = PeerOf(destination);
        var jobs = await archive.ForwardManyAsync(2, peer);
        using var worker = await archive.StartWorkerAsync(("Pacs:Jobs:RetryDelaySeconds", "3000"), ("Pacs:Jobs:MaxRetryDelaySeconds", "3000"), ("Pacs:Jobs:MaxAwayDelaySeconds", "3000"));
        await Eventually.TrueAsync(async () => await archive.Queues.FindAsync(peer.AeTitle, default) is { State: PeerQueueState.Away, Running: 0 }, what: "it is away");
        destination.IsCongested = false;
        await archive.Queues.TryNowAsync(peer.AeTitle, default);
        foreach (var job in jobs) await archive.EventuallyAsync(job.Id, JobState.Done);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Away_TooLong_JobHasFailedUntilRetry()
    {
        using var destination = new Destination { IsCongested = true };
        var peer = PeerOf(destination);
        var job = (await archive.ForwardManyAsync(1, peer))[0];
        using (var worker = await archive.StartWorkerAsync(("Pacs:Jobs:GiveUpAfterHours", "1")))
        {
            await Eventually.TrueAsync(async () => await archive.Queues.FindAsync(peer.AeTitle, default) is { State: PeerQueueState.Away, Running: 0 }, what: "it is away");
            await worker.StopAsync();
        }
        archive.Postgres.Query($"UPDATE peer_queues SET since = now() - interval '2 hours', away_until = now() + interval '1 hour' WHERE peer = '{peer.AeTitle}'");
        archive.Postgres.Query($"UPDATE jobs SET next_attempt_at = now() - interval '2 hours' WHERE id = {job.Id}");
        using var next = await archive.StartWorkerAsync(("Pacs:Jobs:GiveUpAfterHours", "1"), ("Pacs:Jobs:RetryDelaySeconds", "3000"), ("Pacs:Jobs:MaxRetryDelaySeconds", "3000"));
        var failed = await archive.EventuallyAsync(job.Id, JobState.Failed);
        Assert.Contains("away too long", failed.Message, StringComparison.Ordinal);
        Assert.Equal(1, failed.ObjectsFailed);

        destination.IsCongested = false;
        await archive.Queues.ReleaseAsync(peer.AeTitle, default);
        Assert.Equal(JobChange.Accepted, await archive.Jobs.RetryAsync(job.Id, default));
        await archive.EventuallyAsync(job.Id, JobState.Done);
        await next.StopAsync();
    }

    [Fact]
    public async Task Rejected_NameNotKnown_HoldsTheQueueBackAndCostsNoAttempt()
    {
        using var destination = new Destination { IsRenamed = true };
        var peer = PeerOf(destination);
        var jobs = await archive.ForwardManyAsync(5, peer);
        using var worker = await archive.StartWorkerAsync(("Pacs:Jobs:MaxAttempts", "1"));
        await Eventually.TrueAsync(async () => (await archive.Queues.FindAsync(peer.AeTitle, default)) is { State: PeerQueueState.Away, Attempts: >= 2 }, what: "it is tried again");
        Assert.Contains("called AE title not recognized", (await archive.Queues.FindAsync(peer.AeTitle, default)).Reason, StringComparison.Ordinal);
        foreach (var waiting in jobs) Assert.Equal(0, (await archive.Jobs.FindAsync(waiting.Id, default))!.Attempts);

        destination.IsRenamed = false;
        foreach (var job in jobs) await archive.EventuallyAsync(job.Id, JobState.Done);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Alternates_SomeTookSome_EachIsAskedToCommitToWhatItTook()
    {
        using var first = new Destination();
        using var second = new Destination();
        foreach (var peer in (Destination[])[first, second]) await archive.Peers.PutAsync(PeerOf(peer), default);
        var study = SampleObjects.Study(1, 2, SampleOptions.Fresh()).ToList();
        archive.Store(study);
        // The second object finds the first peer out of room, and then away.
        first.Answer = _ =>
        {
            if (first.Received.Count == 1) return DimseStatus.Success;
            first.IsCongested = true;
            return new DimseStatus(0xA700);
        };
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.Jobs.CreateAsync(
            new JobRequest("forward")
            {
                StudyInstanceUid = study[0].StudyInstanceUid,
                Peer = first.Address.AeTitle,
                Alternates = [second.Address.AeTitle],
                Parameters = System.Text.Json.JsonSerializer.SerializeToElement(new { commit = true }),
            }, default);
        await archive.EventuallyAsync(created.Id, JobState.Done);

        var objects = await archive.Jobs.ListObjectsAsync(created.Id, null, 0, 10, default);
        Assert.Equal([first.Address.AeTitle, second.Address.AeTitle], objects.Select(o => o.Peer).OrderBy(p => p == second.Address.AeTitle));
        var asked = await archive.Jobs.ListAsync(new JobFilter { Kind = "commit", Cause = $"job {created.Id}" }, default);
        Assert.Equal(2, asked.Count);
        foreach (var job in asked)
            Assert.Equal(objects.Single(o => o.Peer == job.Peer).SopInstanceUid, Assert.Single(await archive.Jobs.ListObjectsAsync(job.Id, null, 0, 10, default)).SopInstanceUid);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Alternates_PeerAway_GoesToTheFirstThatIsThereAndRemembers()
    {
        using var away = new Destination { IsCongested = true };
        using var alsoAway = new Destination { IsCongested = true };
        using var there = new Destination();
        foreach (var peer in (Destination[])[away, alsoAway, there]) await archive.Peers.PutAsync(PeerOf(peer), default);
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        archive.Store([sample]);
        using var worker = await archive.StartWorkerAsync(("Pacs:Jobs:RetryDelaySeconds", "3000"), ("Pacs:Jobs:MaxRetryDelaySeconds", "3000"), ("Pacs:Jobs:MaxAwayDelaySeconds", "3000"));
        var created = await archive.Jobs.CreateAsync(
            new JobRequest("forward") { SopInstanceUid = sample.SopInstanceUid, Peer = away.Address.AeTitle, Alternates = [alsoAway.Address.AeTitle, there.Address.AeTitle] }, default);

        var job = await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal(there.Address.AeTitle, job.Peer);
        Assert.Equal([away.Address.AeTitle, alsoAway.Address.AeTitle], job.Alternates);
        Assert.Equal([there.Address.AeTitle, alsoAway.Address.AeTitle, away.Address.AeTitle], (await archive.Jobs.ListRunsAsync(job.Id, default)).Select(r => r.Peer));
        Assert.Equal([sample.SopInstanceUid], there.Received);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Held_ByAPerson_WaitsUntilReleased()
    {
        using var destination = new Destination();
        var peer = PeerOf(destination);
        using var other = new Destination();
        await archive.Queues.HoldAsync(peer.AeTitle, default);
        var held = (await archive.ForwardManyAsync(1, peer))[0];
        using var worker = await archive.StartWorkerAsync();
        await archive.EventuallyAsync((await archive.ForwardManyAsync(1, PeerOf(other)))[0].Id, JobState.Done);
        var waiting = await archive.Jobs.FindAsync(held.Id, default);
        Assert.Equal((JobState.Waiting, null), (waiting!.State, waiting.NextAttemptAt));
        Assert.Contains("release", waiting.Message, StringComparison.Ordinal);
        Assert.Empty(destination.Received);

        await archive.Queues.ReleaseAsync(peer.AeTitle, default);
        await archive.EventuallyAsync(held.Id, JobState.Done);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Hours_Outside_WaitsUntilTheyBeginAndStopsWhenTheyEnd()
    {
        using var destination = new Destination();
        var zone = TimeZoneInfo.FindSystemTimeZoneById("UTC");
        // A window of an hour that is over or still to come, whatever the time of the test.
        var from = DateTime.UtcNow.AddHours(3);
        var closed = new PeerOutbound { TimeZone = zone.Id, Hours = [new PeerHours { From = $"{from:HH}:00", To = $"{from.AddHours(1):HH}:00" }] };
        using var worker = await archive.StartWorkerAsync();
        var created = (await archive.ForwardManyAsync(1, PeerOf(destination, closed)))[0];
        var waiting = await archive.EventuallyAsync(created.Id, JobState.Waiting);
        Assert.Equal((0, from.Hour), (waiting.NextAttemptAt!.Value.UtcDateTime.Minute, waiting.NextAttemptAt.Value.UtcDateTime.Hour));
        Assert.Contains("hours of operation", waiting.Message, StringComparison.Ordinal);
        Assert.Equal(PeerQueueState.Closed, (await archive.Queues.FindAsync(destination.Address.AeTitle, default)).State);
        Assert.Empty(destination.Received);

        await archive.Peers.PutAsync(PeerOf(destination), default);
        await archive.EventuallyAsync(created.Id, JobState.Done);

        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        destination.Answer = _ =>
        {
            reached.Set();
            goOn.Wait(Eventually.Patience);
            return DimseStatus.Success;
        };
        var study = SampleObjects.Study(1, 5, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        archive.Store(study);
        var running = await archive.ForwardAsync(study[0], destination.Address);
        Assert.True(reached.Wait(Eventually.Patience));
        await archive.Peers.PutAsync(PeerOf(destination, closed), default);
        await WorkerFixture.StoppedAsync(worker, running.Id);
        goOn.Set();
        var stopped = await archive.EventuallyAsync(running.Id, JobState.Waiting);
        Assert.Equal(1, stopped.ObjectsDone);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Limit_OfAPeer_HoldsOverTwoWorkers()
    {
        using var destination = new Destination();
        using var three = new CountdownEvent(3);
        destination.Answer = _ =>
        {
            if (!three.IsSet) three.Signal();
            three.Wait(Eventually.Patience);
            return DimseStatus.Success;
        };
        using var one = await archive.StartWorkerAsync();
        using var two = await archive.StartWorkerAsync();
        var jobs = await archive.ForwardManyAsync(20, PeerOf(destination, new PeerOutbound { MaxAssociations = 3 }));
        foreach (var job in jobs) await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Equal(3, destination.MostAtATime);
        Assert.Equal(20, destination.Received.Count);
        await one.StopAsync();
        await two.StopAsync();
    }

    private static Peer PeerOf(Destination destination, PeerOutbound? outbound = null) =>
        new(destination.Address.AeTitle, destination.Address.Host, destination.Address.Port) { Outbound = outbound ?? new PeerOutbound() };
}
