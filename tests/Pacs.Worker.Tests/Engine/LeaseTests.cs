using Pacs.Dicom.Messages;
using Pacs.Storage.Jobs;
using Pacs.TestKit;
using Pacs.TestKit.Samples;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Tests.Engine;

public sealed class LeaseTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Lease_JobGivenBackWhileInHand_IsBegunAgainOnlyWhenItsRunHasEnded()
    {
        var (runs, atATime, most) = (0, 0, 0);
        using var goOn = new ManualResetEventSlim();
        var stubborn = new ScriptedKind("scripted-stubborn", async (run, cancellation) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref atATime));
            if (Interlocked.Increment(ref runs) == 1) await Task.Run(() => goOn.Wait(Eventually.Patience, CancellationToken.None), CancellationToken.None);
            var batch = await run.ClaimAsync(cancellation);
            await run.ReportAsync([.. batch.Select(o => new JobObjectResult(o.Number, JobState.Done))], cancellation);
            Interlocked.Decrement(ref atATime);
        });
        using var worker = await archive.StartWorkerAsync([stubborn]);
        var created = await archive.InsertAsync(new JobRequest(stubborn.Name), new JobItem("1.2.3"));
        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref runs) == 1), what: "it is begun");
        // As another worker does when this one gives no sign of life.
        archive.Postgres.Query($"UPDATE jobs SET worker = NULL, run_started_at = NULL, state = 0 WHERE id = {created.Id}");
        await WorkerFixture.StoppedAsync(worker, created.Id);
        // The worker takes other jobs after it, in their order.
        var other = await archive.InsertAsync(new JobRequest(stubborn.Name), new JobItem("1.2.4"));
        await archive.EventuallyAsync(other.Id, JobState.Done);
        Assert.Equal(JobState.Queued, (await archive.Jobs.FindAsync(created.Id, default))!.State);

        goOn.Set();
        await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal((3, 2), (runs, most));
        Assert.Equal([2, 1], (await archive.Jobs.ListRunsAsync(created.Id, default)).Select(r => r.Number));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Lease_LapsedByTheClock_NoFurtherObjectIsBegun()
    {
        var mayGoOn = new List<bool>();
        RunningJobs? running = null;
        var kind = new ScriptedKind("scripted-standstill", async (run, cancellation) =>
        {
            var batch = await run.ClaimAsync(cancellation);
            if (run.Number == 1)
            {
                mayGoOn.Add(run.MayGoOn);
                // A process that stood still for longer than its lease.
                running!.Renewed(TimeSpan.FromTicks(1));
                // The dispatcher may renew the lease before this line: by then it has ended the run.
                mayGoOn.Add(run.MayGoOn && !cancellation.IsCancellationRequested);
                return;
            }
            await run.ReportAsync([.. batch.Select(o => new JobObjectResult(o.Number, JobState.Done))], cancellation);
        });
        using var worker = await archive.StartWorkerAsync([kind]);
        running = (RunningJobs)worker.Services.GetService(typeof(RunningJobs))!;
        var created = await archive.InsertAsync(new JobRequest(kind.Name), new JobItem("1.2.3"));
        await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal([true, false], mayGoOn);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Cancel_ObjectInHandIsToBeTriedAgain_IsCancelled()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        archive.Store(study);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        using var destination = new Destination();
        destination.Answer = _ =>
        {
            reached.Set();
            goOn.Wait(Eventually.Patience);
            return new DimseStatus(0xA700);
        };
        using var worker = await archive.StartWorkerAsync();
        var created = await archive.ForwardAsync(study[0], destination.Address);
        Assert.True(reached.Wait(Eventually.Patience));
        Assert.Equal(JobChange.Accepted, await archive.Jobs.CancelAsync(created.Id, default));
        await WorkerFixture.StoppedAsync(worker, created.Id);
        goOn.Set();
        await Eventually.TrueAsync(async () => (await archive.Jobs.ListRunsAsync(created.Id, default)) is [{ FinishedAt: not null }], what: "the run has ended");
        Assert.All(await archive.Jobs.ListObjectsAsync(created.Id, null, 0, 10, default), o => Assert.Equal(JobState.Cancelled, o.State));
        Assert.Single(destination.Received);
        await worker.StopAsync();
    }
}
