using System.Globalization;
using Pacs.Dicom.Messages;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Remote;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Engine;

public sealed class JobRunTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Pause_RunningJob_StopsAfterTheObjectInHandUntilResumed()
    {
        var study = SampleObjects.Study(1, 30, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        archive.Store(study);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        using var destination = new Destination();
        destination.Answer = _ =>
        {
            if (destination.Received.Count == 10)
            {
                reached.Set();
                goOn.Wait(Eventually.Patience);
            }
            return DimseStatus.Success;
        };
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        Assert.True(reached.Wait(Eventually.Patience));
        Assert.Equal(JobChange.Accepted, await archive.Jobs.PauseAsync(created.Id, default));
        await WorkerFixture.StoppedAsync(worker, created.Id);
        goOn.Set();
        var paused = await archive.EventuallyAsync(created.Id, j => j.ObjectsDone == 10, "what was sent is told");
        Assert.Equal(JobState.Paused, paused.State);
        Assert.Equal(JobChange.NotPossible, await archive.Jobs.PauseAsync(created.Id, default));

        Assert.Equal(JobChange.Accepted, await archive.Jobs.ResumeAsync(created.Id, default));
        var done = await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal((30, 30), (done.ObjectsDone, destination.Received.Count));
        Assert.Equal(JobChange.NotPossible, await archive.Jobs.ResumeAsync(created.Id, default));
        Assert.Equal([10, 20], (await archive.Jobs.ListRunsAsync(created.Id, default)).OrderBy(r => r.Number).Select(r => r.Objects));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Run_WhileUnderWay_TellsProgressAndTheObjectInHand()
    {
        var study = SampleObjects.Study(1, 8, SampleOptions.Fresh());
        archive.Store(study);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        using var destination = new Destination();
        destination.Answer = _ =>
        {
            if (destination.Received.Count == 5)
            {
                reached.Set();
                goOn.Wait(Eventually.Patience);
            }
            return DimseStatus.Success;
        };
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        Assert.True(created.BytesTotal > 0);
        Assert.True(reached.Wait(Eventually.Patience));
        var running = await archive.EventuallyAsync(created.Id, j => j.ObjectsDone == 4, "progress is told");
        Assert.Equal(JobState.Running, running.State);
        Assert.Equal((await archive.Jobs.ListObjectsAsync(created.Id, null, 0, 4, default)).Sum(o => o.Bytes), running.BytesDone);
        Assert.True(running is { ObjectsPerSecond: > 0, BytesPerSecond: > 0, RemainingSeconds: > 0 });
        await Eventually.TrueAsync(async () => (await archive.Jobs.ListObjectsAsync(created.Id, JobState.Running, 0, 10, default)) is [{ Number: 5, StartedAt: not null }], what: "the fifth is in hand");
        goOn.Set();
        var done = await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal((created.BytesTotal, null), (done.BytesDone, done.RemainingSeconds));
        Assert.All(await archive.Jobs.ListObjectsAsync(done.Id, null, 0, 10, default), o => Assert.True(o is { Attempts: 1, Bytes: > 0 } && o.FinishedAt >= o.StartedAt));
        var run = Assert.Single(await archive.Jobs.ListRunsAsync(done.Id, default));
        Assert.Equal((JobState.Done, 8, done.BytesTotal), (run.State, run.Objects, run.Bytes));
        Assert.NotNull(run.FinishedAt);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Tidy_JobThatEndedLongAgo_GoesWithItsObjects()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        archive.Store(study);
        using var destination = new Destination();
        using var worker = await archive.StartWorkerAsync();
        var (old, recent) = (await archive.ForwardAsync(study[0], destination.Address), await archive.ForwardAsync(study[0], destination.Address));
        foreach (var job in new[] { old, recent }) await archive.EventuallyAsync(job.Id, JobState.Done);
        await worker.StopAsync();
        archive.Postgres.Query($"UPDATE jobs SET finished_at = now() - interval '10 years' WHERE id = {old.Id}");
        Assert.Equal((0, 1), await archive.Get<JobQueue>().TidyAsync([], default));
        Assert.Null(await archive.Jobs.FindAsync(old.Id, default));
        Assert.Equal([0L, 3L], new[] { old, recent }.Select(j => archive.Postgres.Query($"SELECT count(*) FROM job_objects WHERE job_id = {j.Id}")));
    }

    [Fact]
    public async Task Warning_OfThePeer_IsASuccessThatIsTold()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        archive.Store(study);
        using var destination = new Destination { Answer = uid => uid == study[1].SopInstanceUid ? new DimseStatus(0xB007) : DimseStatus.Success };
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        var job = await archive.EventuallyAsync(created.Id, JobState.Warning);
        Assert.Equal((3, 1, 0), (job.ObjectsDone, job.ObjectsWarned, job.ObjectsFailed));
        var warned = Assert.Single(await archive.Jobs.ListObjectsAsync(job.Id, JobState.Warning, 0, 10, default));
        Assert.Equal((study[1].SopInstanceUid, 0xB007), (warned.SopInstanceUid, warned.Status));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Failure_PeerWantsToStopAtTheFirst_EndsTheJobThere()
    {
        var study = SampleObjects.Study(1, 6, SampleOptions.Fresh());
        archive.Store(study);
        using var destination = new Destination { Answer = uid => uid == study[2].SopInstanceUid ? DimseStatus.CannotUnderstand : DimseStatus.Success };
        var address = destination.Address;
        await archive.Peers.PutAsync(new Peer(address.AeTitle, address.Host, address.Port) { Outbound = new PeerOutbound { StopAtFirstFailure = true } }, default);
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.Jobs.CreateAsync(new JobRequest("forward") { StudyInstanceUid = study[0].StudyInstanceUid, Peer = address.AeTitle }, default);
        var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
        Assert.Equal((2, 1), (job.ObjectsDone, job.ObjectsFailed));
        Assert.Equal(3, destination.Received.Count);
        Assert.Equal(3, (await archive.Jobs.ListObjectsAsync(job.Id, JobState.Cancelled, 0, 10, default)).Count);

        destination.Answer = _ => DimseStatus.Success;
        Assert.Equal(JobChange.Accepted, await archive.Jobs.RetryAsync(created.Id, default));
        Assert.Equal(6, (await archive.EventuallyAsync(created.Id, JobState.Done)).ObjectsDone);
        Assert.Equal(7, destination.Received.Count);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Objects_PerAssociation_AreNotExceeded()
    {
        var study = SampleObjects.Study(1, 7, SampleOptions.Fresh());
        archive.Store(study);
        using var destination = new Destination();
        var address = destination.Address;
        await archive.Peers.PutAsync(new Peer(address.AeTitle, address.Host, address.Port) { Outbound = new PeerOutbound { ObjectsPerAssociation = 3 } }, default);
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.Jobs.CreateAsync(new JobRequest("forward") { StudyInstanceUid = study[0].StudyInstanceUid, Peer = address.AeTitle }, default);
        await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal((7, 3), (destination.Received.Count, destination.Associations));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Claim_ManyObjects_TakesOneAssociation()
    {
        var study = SampleObjects.Study(1, 150, SampleOptions.Fresh() with { Rows = 4, Columns = 4 });
        archive.Store(study);
        using var destination = new Destination();
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal((150, 1), (destination.Received.Distinct().Count(), destination.Associations));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Add_ObjectsFoundOutWhileRunning_AreDoneOnce()
    {
        var seen = new List<string>();
        var kind = new ScriptedKind("scripted-add", async (run, cancellation) =>
        {
            Assert.Equal(2, (await run.AddAsync([new JobItem("1.2.1", 10), new JobItem("1.2.2", 20), new JobItem("1.2.1", 10)], cancellation)).Count);
            Assert.Empty(await run.AddAsync([new JobItem("1.2.2", 20)], cancellation));
            while (await run.ClaimAsync(cancellation) is { Count: > 0 } batch)
            {
                seen.AddRange(batch.Select(o => o.SopInstanceUid));
                await run.ReportAsync([.. batch.Select(o => new JobObjectResult(o.Number, JobState.Done, Bytes: o.Bytes + 1))], cancellation);
            }
        });
        using var worker = await archive.StartWorkerAsync([kind]);
        var created = await archive.InsertAsync(new JobRequest(kind.Name));
        var job = await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal(["1.2.1", "1.2.2"], seen);
        Assert.Equal((2, 2, 32, 32), (job.ObjectsTotal, job.ObjectsDone, job.BytesTotal, job.BytesDone));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Failure_ForAReasonThatLasts_IsNotTriedAgain()
    {
        Exception[] troubles =
        [
            new JobRunException("Never.") { IsLasting = true },
            new DicomWebException(DicomWebFailure.Refused, "Never."),
            new RemoteArchiveException(RemoteFault.Refused, "Never."),
            new RemoteArchiveException(RemoteFault.Refused, "Never.", 404, new DicomWebException(DicomWebFailure.Refused, "Never.")),
        ];
        var runs = 0;
        var kind = new ScriptedKind("scripted-lasting", (run, _) =>
        {
            Interlocked.Increment(ref runs);
            throw troubles[int.Parse(run.Job.StudyInstanceUid!, CultureInfo.InvariantCulture)];
        });
        using var worker = await archive.StartWorkerAsync([kind]);
        for (var i = 0; i < troubles.Length; i++)
        {
            // Of the one nothing is known yet, as of a fetch that asks for the first time.
            var created = i == 0
                ? await archive.InsertAsync(new JobRequest(kind.Name) { StudyInstanceUid = $"{i}" })
                : await archive.InsertAsync(new JobRequest(kind.Name) { StudyInstanceUid = $"{i}" }, new JobItem("1.2.3"));
            var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
            Assert.Equal((i == 0 ? "Never." : "1 of 1 objects failed. First: Never.", i == 0 ? 0 : 1), (job.Message, job.ObjectsFailed));
        }
        Assert.Equal(troubles.Length, runs);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Failure_PeerSaysWhen_WaitsThatLong()
    {
        var kind = new ScriptedKind("scripted-later", (_, _) => throw new JobRunException("Busy.") { RetryAfter = TimeSpan.FromMinutes(10) });
        using var worker = await archive.StartWorkerAsync([kind]);
        var created = await archive.InsertAsync(new JobRequest(kind.Name), new JobItem("1.2.3"));
        var job = await archive.EventuallyAsync(created.Id, JobState.Waiting);
        Assert.Equal(("Busy.", 1), (job.Message, job.Attempts));
        Assert.InRange(job.NextAttemptAt!.Value - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Failure_AgainAndAgain_EndsAtTheLimit()
    {
        var runs = 0;
        var kind = new ScriptedKind("scripted-never", (_, _) => throw new JobRunException($"No {Interlocked.Increment(ref runs)}."));
        using var worker = await archive.StartWorkerAsync([kind], ("Pacs:Jobs:MaxAttempts", "3"));
        var created = await archive.InsertAsync(new JobRequest(kind.Name), new JobItem("1.2.3"));
        var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
        Assert.Equal((3, 1), (runs, job.ObjectsFailed));
        Assert.Contains("No 3.", job.Message, StringComparison.Ordinal);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Failure_OfTheDatabase_CountsAsNoAttempt()
    {
        var kind = new ScriptedKind("scripted-outage", async (run, cancellation) =>
        {
            if (run.Number <= 2) throw new Npgsql.NpgsqlException("Exception while reading from stream", new IOException());
            var batch = await run.ClaimAsync(cancellation);
            await run.ReportAsync([.. batch.Select(o => new JobObjectResult(o.Number, JobState.Done))], cancellation);
        });
        using var worker = await archive.StartWorkerAsync([kind], ("Pacs:Jobs:MaxAttempts", "1"));
        var created = await archive.InsertAsync(new JobRequest(kind.Name), new JobItem("1.2.3"));
        Assert.Equal(0, (await archive.EventuallyAsync(created.Id, JobState.Done)).Attempts);
        Assert.Equal(3, (await archive.Jobs.ListRunsAsync(created.Id, default)).Count);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Lease_JobIsAnothers_RunStopsAndWritesNothing()
    {
        using var begun = new ManualResetEventSlim();
        using var reported = new ManualResetEventSlim();
        var kind = new ScriptedKind("scripted-stolen", async (run, cancellation) =>
        {
            var item = (await run.ClaimAsync(cancellation))[0];
            begun.Set();
            var stopped = new TaskCompletionSource();
            await using var registration = run.Stop.Register(stopped.SetResult);
            await stopped.Task;
            await run.ReportAsync([new JobObjectResult(item.Number, JobState.Done)], cancellation);
            reported.Set();
        });
        using var worker = await archive.StartWorkerAsync([kind]);
        var created = await archive.InsertAsync(new JobRequest(kind.Name), new JobItem("1.2.3"));
        Assert.True(begun.Wait(Eventually.Patience));
        archive.Postgres.Query("INSERT INTO job_workers VALUES ('other', now() + interval '1 hour')");
        archive.Postgres.Query($"UPDATE jobs SET worker = 'other', run = run + 1 WHERE id = {created.Id}");
        Assert.True(reported.Wait(Eventually.Patience));
        await Eventually.TrueAsync(() => Task.FromResult(worker.Services.GetService(typeof(Pacs.Worker.Engine.RunningJobs)) is Pacs.Worker.Engine.RunningJobs { Count: 0 }), what: "the run has ended");
        var job = await archive.Jobs.FindAsync(created.Id, default);
        Assert.Equal((JobState.Running, 0), (job!.State, job.ObjectsDone));
        Assert.Equal(JobState.Queued, Assert.Single(await archive.Jobs.ListObjectsAsync(created.Id, null, 0, 10, default)).State);
        await worker.StopAsync();
    }
}
