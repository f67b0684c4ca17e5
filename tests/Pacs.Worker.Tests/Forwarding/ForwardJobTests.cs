using System.Net;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Jobs;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Forwarding;

public sealed class ForwardJobTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Forward_Study_ArrivesAsStored()
    {
        await using var destination = await StoreScp.StartAsync("FWD1");
        var options = SampleOptions.Fresh();
        SampleObject[] study = [.. SampleObjects.Study(2, 20, options with { Rows = 16, Columns = 16 }), SampleObjects.Encapsulated(options with { SeriesNumber = 9 })];
        archive.Store(study);
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        Assert.Equal(study.Length, created.ObjectsTotal);

        var job = await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal((study.Length, 0, ""), (job.ObjectsDone, job.ObjectsFailed, job.Message));
        Assert.NotNull(job.FinishedAt);
        Assert.Equal(study.Length, destination.Files.Count);
        foreach (var file in destination.Files)
        {
            var content = DicomFile.Open(file);
            var sample = study.Single(s => s.SopInstanceUid == content.FileMeta.MediaStorageSopInstanceUid);
            Assert.Equal(sample.ToDatasetBytes(), File.ReadAllBytes(file)[(int)content.DatasetOffset..]);
        }
        Assert.All(await archive.Jobs.ListObjectsAsync(job.Id, null, 0, 1000, default), o => Assert.Equal(JobState.Done, o.State));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_PeerDownThenUp_ArrivesInTheEnd()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        archive.Store(study);
        using var worker = await archive.StartWorkerAsync();
        using var destination = new Destination();
        var address = destination.Stop();
        var created = await archive.ForwardAsync(study[0], address);

        await Eventually.TrueAsync(async () => (await archive.Jobs.ListRunsAsync(created.Id, default)).Count > 2, what: "job tries again and again");
        var waiting = await archive.EventuallyAsync(created.Id, j => j.State == JobState.Waiting, "job waits");
        Assert.Equal(0, waiting.Attempts);
        Assert.Contains("No connection", waiting.Message, StringComparison.Ordinal);
        Assert.NotNull(waiting.NextAttemptAt);

        destination.Start();
        await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal(3, destination.Received.Distinct().Count());
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_ObjectRefusedForGood_IsNotTriedAgainUntilRetry()
    {
        var study = SampleObjects.Study(1, 4, SampleOptions.Fresh());
        archive.Store(study);
        using var destination = new Destination { Answer = uid => uid == study[1].SopInstanceUid ? DimseStatus.CannotUnderstand : DimseStatus.Success };
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);

        var failed = await archive.EventuallyAsync(created.Id, JobState.Failed);
        Assert.Equal((3, 1), (failed.ObjectsDone, failed.ObjectsFailed));
        var refused = Assert.Single(await archive.Jobs.ListObjectsAsync(failed.Id, JobState.Failed, 0, 10, default));
        Assert.Equal((study[1].SopInstanceUid, 0xC000, 1), (refused.SopInstanceUid, refused.Status, refused.Attempts));

        destination.Answer = _ => DimseStatus.Success;
        destination.Received.Clear();
        Assert.Equal(JobChange.Accepted, await archive.Jobs.RetryAsync(created.Id, default));
        var done = await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal((4, 0), (done.ObjectsDone, done.ObjectsFailed));
        Assert.Equal([study[1].SopInstanceUid], destination.Received);
        Assert.Equal(JobChange.NotPossible, await archive.Jobs.RetryAsync(created.Id, default));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_FilesHaveLostTheirEnd_SendsTheOthers()
    {
        var study = SampleObjects.Study(1, 6, SampleOptions.Fresh());
        archive.Store(study);
        foreach (var sample in (SampleObject[])[study[0], study[3]])
        {
            var key = (string)archive.Postgres.Query($"SELECT blob_key FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'")!;
            using var file = File.Open(Path.Combine(archive.Postgres.DataFolder, "blobs", key), FileMode.Open, FileAccess.ReadWrite);
            file.SetLength(file.Length - 10);
        }
        using var destination = new Destination();
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
        Assert.Equal((4, 2), (job.ObjectsDone, job.ObjectsFailed));
        Assert.Contains("cannot be read", job.Message);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_ObjectRefusedForNow_IsTriedAgain()
    {
        var study = SampleObjects.Study(1, 4, SampleOptions.Fresh());
        archive.Store(study);
        var refusals = 0;
        using var destination = new Destination
        {
            Answer = uid => uid == study[2].SopInstanceUid && Interlocked.Increment(ref refusals) == 1 ? DimseStatus.OutOfResources : DimseStatus.Success,
        };
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal(5, destination.Received.Count);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_ClassThePeerDoesNotTake_FailsForGood()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] study = [SampleObjects.Ct(options), SampleObjects.Mr(options)];
        archive.Store(study);
        using var destination = new Destination(Uids.CTImageStorage);
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
        Assert.Equal((1, 1), (job.ObjectsDone, job.ObjectsFailed));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_WorkerKilledInTheMidst_GoesOnElsewhereWithoutSuccessesAgain()
    {
        var study = SampleObjects.Study(1, 60, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        archive.Store(study);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        using var destination = new Destination();
        destination.Answer = _ =>
        {
            if (destination.Received.Count == 40)
            {
                reached.Set();
                goOn.Wait(Eventually.Patience);
            }
            return DimseStatus.Success;
        };
        using var first = archive.StartWorkerProcess();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        Assert.True(reached.Wait(Eventually.Patience));
        await first.KillAsync();
        Assert.Equal(JobState.Running, (await archive.Jobs.FindAsync(created.Id, default))!.State);
        goOn.Set();

        using var second = archive.StartWorkerProcess();
        var job = await archive.EventuallyAsync(created.Id, JobState.Done);
        await second.KillAsync();
        Assert.Equal(60, job.ObjectsDone);
        Assert.Equal(60, destination.Received.Distinct().Count());
        Assert.InRange(destination.Received.Count, 60, 60 + 16);
    }

    [Fact]
    public async Task Forward_WorkerStopsInTheMidst_AnotherGoesOnAtOnce()
    {
        var study = SampleObjects.Study(1, 60, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        archive.Store(study);
        using var reached = new ManualResetEventSlim();
        using var destination = new Destination();
        destination.Answer = _ =>
        {
            if (destination.Received.Count == 20) reached.Set();
            return DimseStatus.Success;
        };
        using var first = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        Assert.True(reached.Wait(Eventually.Patience));
        await first.StopAsync();

        using var second = await archive.StartWorkerAsync();
        Assert.Equal(60, (await archive.EventuallyAsync(created.Id, JobState.Done)).ObjectsDone);
        Assert.Equal(60, destination.Received.Distinct().Count());
        await second.StopAsync();
    }

    [Fact]
    public async Task Forward_RunningRowOfADeadWorker_IsTakenUp()
    {
        var study = SampleObjects.Study(1, 5, SampleOptions.Fresh());
        archive.Store(study);
        using var destination = new Destination();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        archive.Postgres.Query($"UPDATE jobs SET state = 1, run = 7 WHERE id = {created.Id}");
        archive.Postgres.Query($"UPDATE job_objects SET state = 3 WHERE job_id = {created.Id} AND number <= 2");
        archive.Postgres.Query($"UPDATE job_objects SET state = 1 WHERE job_id = {created.Id} AND number = 3");

        using var worker = await archive.StartWorkerAsync();
        await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal(study.Skip(2).Select(s => s.SopInstanceUid).Order(), destination.Received.Order());
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_TwoWorkers_SendEachObjectOnce()
    {
        using var destination = new Destination();
        var studies = Enumerable.Range(0, 6).Select(_ => SampleObjects.Study(1, 10, SampleOptions.Fresh() with { Rows = 8, Columns = 8 })).ToList();
        foreach (var study in studies) archive.Store(study);
        using var one = await archive.StartWorkerAsync(("Pacs:Jobs:LeaseSeconds", "60"));
        using var two = await archive.StartWorkerAsync(("Pacs:Jobs:LeaseSeconds", "60"));
        var jobs = new List<Job>();
        foreach (var study in studies) jobs.Add(await archive.ForwardAsync(study[0], destination.Address));
        foreach (var job in jobs) await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Equal(60, destination.Received.Count);
        Assert.Equal(60, destination.Received.Distinct().Count());
        await one.StopAsync();
        await two.StopAsync();
    }

    [Fact]
    public async Task Cancel_RunningJob_StopsAfterTheObjectInHand()
    {
        var study = SampleObjects.Study(1, 100, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        archive.Store(study);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        using var destination = new Destination();
        destination.Answer = _ =>
        {
            if (destination.Received.Count == 20)
            {
                reached.Set();
                goOn.Wait(Eventually.Patience);
            }
            return DimseStatus.Success;
        };
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        Assert.True(reached.Wait(Eventually.Patience));
        Assert.Equal(JobChange.Accepted, await archive.Jobs.CancelAsync(created.Id, default));
        await WorkerFixture.StoppedAsync(worker, created.Id);
        goOn.Set();
        var job = await archive.EventuallyAsync(created.Id, j => j.State == JobState.Cancelled && j.ObjectsDone == destination.Received.Count, "what was sent is told");
        Assert.Equal(20, job.ObjectsDone);
        Assert.Equal(JobChange.NotPossible, await archive.Jobs.CancelAsync(created.Id, default));

        Assert.Equal(JobChange.Accepted, await archive.Jobs.RetryAsync(created.Id, default));
        Assert.Equal(100, (await archive.EventuallyAsync(created.Id, JobState.Done)).ObjectsDone);
        Assert.Equal(100, destination.Received.Distinct().Count());
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_TwoObjectsInARowBreakAssociations_TheOthersArrive()
    {
        var study = SampleObjects.Study(1, 6, SampleOptions.Fresh() with { Rows = 8, Columns = 8 }).ToList();
        archive.Store(study);
        var bad = study.Take(2).Select(s => s.SopInstanceUid).ToHashSet();
        using var destination = new Destination { Answer = uid => bad.Contains(uid) ? throw new InvalidOperationException() : DimseStatus.Success };
        using var worker = await archive.StartWorkerAsync(("Pacs:Jobs:MaxAttempts", "3"));
        var created = await archive.ForwardAsync(study[0], destination.Address);
        var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
        Assert.Equal((4, 2), (job.ObjectsDone, job.ObjectsFailed));
        Assert.Equal(4, destination.Received.Distinct().Count(u => !bad.Contains(u)));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_GivenUp_WhatArrivedIsToBeCommittedAllTheSame()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh() with { Rows = 8, Columns = 8 }).ToList();
        archive.Store(study);
        using var destination = new Destination { Answer = uid => uid == study[1].SopInstanceUid ? new DimseStatus(0xA700) : DimseStatus.Success };
        var address = destination.Address;
        await archive.Peers.PutAsync(new Pacs.Storage.Peers.Peer(address.AeTitle, address.Host, address.Port), default);
        using var worker = await archive.StartWorkerAsync(("Pacs:Jobs:MaxAttempts", "1"));
        var created = await archive.Jobs.CreateAsync(
            new JobRequest("forward") { StudyInstanceUid = study[0].StudyInstanceUid, Peer = address.AeTitle, Parameters = System.Text.Json.JsonSerializer.SerializeToElement(new { commit = true }) }, default);
        await archive.EventuallyAsync(created.Id, JobState.Failed);
        var commit = Assert.Single(await archive.Jobs.ListAsync(new JobFilter { Kind = "commit", Cause = $"job {created.Id}" }, default));
        Assert.Equal([study[0].SopInstanceUid, study[2].SopInstanceUid], (await archive.Jobs.ListObjectsAsync(commit.Id, null, 0, 10, default)).Select(o => o.SopInstanceUid));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_ObjectDeletedWhileItsJobRuns_IsToldSo()
    {
        var study = SampleObjects.Study(1, 5, SampleOptions.Fresh() with { Rows = 8, Columns = 8 }).ToList();
        archive.Store(study);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        using var destination = new Destination();
        destination.Answer = _ =>
        {
            reached.Set();
            goOn.Wait(Eventually.Patience);
            return DimseStatus.Success;
        };
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        Assert.True(reached.Wait(Eventually.Patience));
        await archive.Get<Pacs.Storage.Maintenance.Deletion>().DeleteAsync(study[3].StudyInstanceUid, null, study[3].SopInstanceUid, default);
        goOn.Set();
        var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
        var gone = Assert.Single(await archive.Jobs.ListObjectsAsync(job.Id, JobState.Failed, 0, 10, default));
        Assert.Equal((study[3].SopInstanceUid, "No longer in the archive"), (gone.SopInstanceUid, gone.Message));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Create_NotAsItShouldBe_IsRefused()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        archive.Store([sample]);
        await archive.Peers.PutAsync(new("KNOWN", "127.0.0.1", 104), default);
        var good = new JobRequest("forward") { StudyInstanceUid = sample.StudyInstanceUid, Peer = "KNOWN" };
        await AssertRefusedAsync(JobRefusal.Invalid, good with { Kind = "teleport" });
        await AssertRefusedAsync(JobRefusal.Invalid, good with { Peer = null });
        await AssertRefusedAsync(JobRefusal.Invalid, good with { StudyInstanceUid = null });
        await AssertRefusedAsync(JobRefusal.UnknownPeer, good with { Peer = "UNKNOWN" });
        await AssertRefusedAsync(JobRefusal.NothingSelected, good with { StudyInstanceUid = "1.2.3" });
        Assert.Equal(JobChange.NotFound, await archive.Jobs.CancelAsync(long.MaxValue, default));
        Assert.Equal(JobChange.NotFound, await archive.Jobs.RetryAsync(long.MaxValue, default));
        Assert.Null(await archive.Jobs.FindAsync(long.MaxValue, default));
    }

    private async Task AssertRefusedAsync(JobRefusal expected, JobRequest request) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<JobRefusedException>(() => archive.Jobs.CreateAsync(request, default))).Refusal);
}
