using Microsoft.AspNetCore.Http;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.RemoteCommitments;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;
using Pacs.Worker.Commitments;

namespace Pacs.Worker.Tests.Commitments;

/// <summary>Storage commitment as its user: what peers promise, refuse, forget and pretend.</summary>
public sealed class CommitJobTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    private static readonly PeerCommitment AtOnce = new() { WaitSeconds = 0 };

    [Fact]
    public async Task Commit_ReportedOnTheSameAssociation_IsKeptByObject()
    {
        using var peer = new CommitmentPeer { Report = r => CommitmentPeer.ReportOf(r) };
        using var worker = await archive.StartWorkerAsync();
        var (job, study) = await AskAsync(peer, 3);
        await archive.EventuallyAsync(job.Id, JobState.Done);
        var request = Assert.Single(peer.Requests);
        Assert.Equal(study.Select(o => o.SopInstanceUid).Order(), CommitmentSamples.Committed(request).Order());
        Assert.Equal(DimseStatus.Success, Assert.Single(peer.Answers));
        Assert.Equal(study.Select(o => o.SopInstanceUid).Order(), await HeldAsync(peer, study));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_ReportedLaterElsewhere_WakesTheJob()
    {
        using var peer = new CommitmentPeer();
        using var worker = await archive.StartWorkerAsync();
        var (job, study) = await AskAsync(peer, 2, AtOnce);
        var waiting = await archive.EventuallyAsync(job.Id, j => j is { State: JobState.Waiting, NextAttemptAt: not null }, "job waits");
        Assert.Contains("awaited", waiting.Message, StringComparison.Ordinal);
        Assert.True(waiting.NextAttemptAt > DateTimeOffset.UtcNow.AddMinutes(30));
        Assert.True(await TakeAsync(peer, Assert.Single(peer.Requests)));
        await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Equal(2, (await HeldAsync(peer, study)).Count);
        Assert.Single(peer.Requests);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_NotKnownWhetherItWasAsked_IsAwaitedOnlyForAWhile()
    {
        using var peer = new CommitmentPeer();
        var seconds = -1.0;
        // A worker that dies now does not know whether the peer has the request.
        peer.Answer = () =>
        {
            seconds = (double)archive.Postgres.Query($"SELECT extract(epoch FROM awaited_until - now())::float8 FROM commitment_requests WHERE peer = '{peer.Address.AeTitle}'")!;
            return DimseStatus.Success;
        };
        using var worker = await archive.StartWorkerAsync();
        var (job, _) = await AskAsync(peer, 1, AtOnce);
        var waiting = await archive.EventuallyAsync(job.Id, j => j is { State: JobState.Waiting, NextAttemptAt: not null }, "job waits");
        Assert.InRange(seconds, 0, 30);
        Assert.True(waiting.NextAttemptAt > DateTimeOffset.UtcNow.AddMinutes(30));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_ReportedElsewhereWhileTheJobStillWaits_IsDoneAtOnce()
    {
        using var peer = new CommitmentPeer();
        using var worker = await archive.StartWorkerAsync();
        var (job, _) = await AskAsync(peer, 1, new PeerCommitment { WaitSeconds = 3600 });
        await Eventually.TrueAsync(() => peer.Requests.Count == 1, what: "it was asked");
        Assert.True(await TakeAsync(peer, Assert.Single(peer.Requests)));
        await archive.EventuallyAsync(job.Id, JobState.Done);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_SomeFail_TellsTheReasonOfEachAndAsksForThoseAgainOnRetry()
    {
        var failures = new Dictionary<string, int>();
        using var peer = new CommitmentPeer { Report = r => CommitmentPeer.ReportOf(r, failures) };
        using var worker = await archive.StartWorkerAsync();
        var study = Stored(3);
        (failures[study[0].SopInstanceUid], failures[study[1].SopInstanceUid]) = (0x0112, 0x0119);
        var job = await AskAsync(peer, study);
        await archive.EventuallyAsync(job.Id, JobState.Failed);
        var objects = (await archive.Jobs.ListObjectsAsync(job.Id, null, 0, 10, default)).ToDictionary(o => o.SopInstanceUid);
        Assert.Equal((JobState.Failed, 0x0112, "Not committed: 0112 No such SOP instance"), Told(objects[study[0].SopInstanceUid]));
        Assert.Equal((JobState.Failed, 0x0119, "Not committed: 0119 Class-instance conflict"), Told(objects[study[1].SopInstanceUid]));
        Assert.Equal((JobState.Done, 0, ""), Told(objects[study[2].SopInstanceUid]));
        Assert.Equal([study[2].SopInstanceUid], await HeldAsync(peer, study));

        failures.Clear();
        Assert.Equal(JobChange.Accepted, await archive.Jobs.RetryAsync(job.Id, default));
        await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Equal([3, 2], peer.Requests.Select(r => CommitmentSamples.Committed(r).Count));
        Assert.Equal(3, (await HeldAsync(peer, study)).Count);
        await worker.StopAsync();
    }

    [Theory]
    [InlineData(0x0213)]
    [InlineData(0x0131)]
    public async Task Commit_FailureThatMayPass_IsAskedAgainUnderAnotherTransaction(int reason)
    {
        using var peer = new CommitmentPeer();
        using var worker = await archive.StartWorkerAsync();
        var study = Stored(1);
        peer.Report = r => CommitmentPeer.ReportOf(r, peer.Requests.Count == 1 ? new Dictionary<string, int> { [study[0].SopInstanceUid] = reason } : null);
        var job = await AskAsync(peer, study);
        await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Equal(2, peer.Requests.Select(r => r.GetString(Tags.TransactionUID)).Distinct().Count());
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_NoReport_IsAskedAgainAndALateReportOfTheFirstCounts()
    {
        using var peer = new CommitmentPeer();
        using var worker = await archive.StartWorkerAsync();
        var (job, study) = await AskAsync(peer, 1, new PeerCommitment { WaitSeconds = 0, ReportTimeoutSeconds = 1 });
        await Eventually.TrueAsync(() => peer.Requests.Count >= 2, what: "it is asked again");
        Assert.Equal(peer.Requests.Count, peer.Requests.Select(r => r.GetString(Tags.TransactionUID)).Distinct().Count());
        Assert.True(await TakeAsync(peer, peer.Requests.First()));
        await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Single(await HeldAsync(peer, study));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_NeverReported_FailsAfterAllAttempts()
    {
        using var peer = new CommitmentPeer();
        using var worker = await archive.StartWorkerAsync(("Pacs:Jobs:MaxAttempts", "2"));
        var (job, study) = await AskAsync(peer, 1, new PeerCommitment { WaitSeconds = 0, ReportTimeoutSeconds = 1 });
        await archive.EventuallyAsync(job.Id, JobState.Failed);
        Assert.Equal(2, peer.Requests.Count);
        Assert.Empty(await HeldAsync(peer, study));
        await worker.StopAsync();
    }

    [Theory]
    [InlineData(0x0124, JobState.Failed, 1)]
    [InlineData(0x0122, JobState.Failed, 1)]
    [InlineData(0x0213, JobState.Done, 2)]
    public async Task Commit_RequestRefused_EndsOrGoesOnByItsStatus(int status, JobState expected, int requests)
    {
        using var peer = new CommitmentPeer { Report = r => CommitmentPeer.ReportOf(r) };
        peer.Answer = () => peer.Requests.Count == 1 ? new DimseStatus((ushort)status) : DimseStatus.Success;
        using var worker = await archive.StartWorkerAsync();
        var (job, _) = await AskAsync(peer, 1);
        await archive.EventuallyAsync(job.Id, expected);
        Assert.Equal(requests, peer.Requests.Count);
        if (expected == JobState.Failed) Assert.Equal(status, Assert.Single(await archive.Jobs.ListObjectsAsync(job.Id, null, 0, 10, default)).Status);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_PeerTakesNoSuchContext_Fails()
    {
        using var peer = new RecordingScp(Uids.Verification);
        using var worker = await archive.StartWorkerAsync();
        var study = Stored(1);
        await archive.Peers.PutAsync(new Peer(peer.Address.AeTitle, peer.Address.Host, peer.Address.Port), default);
        var job = await archive.Jobs.CreateAsync(new JobRequest(CommitJob.Kind) { StudyInstanceUid = study[0].StudyInstanceUid, Peer = peer.Address.AeTitle }, default);
        Assert.Contains("no storage commitment context", (await archive.EventuallyAsync(job.Id, JobState.Failed)).Message, StringComparison.Ordinal);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_ManyObjects_AreAskedForInRequestsOfBoundedSize()
    {
        using var peer = new CommitmentPeer { Report = r => CommitmentPeer.ReportOf(r) };
        using var worker = await archive.StartWorkerAsync();
        var (job, study) = await AskAsync(peer, 5, new PeerCommitment { MaxReferences = 2 });
        await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Equal([2, 2, 1], peer.Requests.Select(r => CommitmentSamples.Committed(r).Count));
        Assert.Equal(5, (await HeldAsync(peer, study)).Count);
        await worker.StopAsync();
    }

    /// <summary>What one server promises is not believed of another.</summary>
    [Fact]
    public async Task Commit_PeerIsAnotherServerMeanwhile_AsksThatOneFromTheNextRequestOn()
    {
        await using var former = await ScriptedDicomWeb.StartAsync();
        await using var next = await ScriptedDicomWeb.StartAsync();
        var peer = new Peer($"SERVER{Random.Shared.Next(1_000_000)}") { Web = new PeerWeb { Url = former.DicomWeb.ToString() }, Commitment = new PeerCommitment { MaxReferences = 1 } };
        await archive.Peers.PutAsync(peer, default);
        former.Intercept = async context =>
        {
            await archive.Peers.PutAsync(peer with { Web = new PeerWeb { Url = next.DicomWeb.ToString() } }, default);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return true;
        };
        next.Intercept = context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.FromResult(true);
        };
        using var worker = await archive.StartWorkerAsync();
        var study = Stored(3);
        var job = await archive.Jobs.CreateAsync(new JobRequest("commit") { StudyInstanceUid = study[0].StudyInstanceUid, Peer = peer.AeTitle }, default);
        await archive.EventuallyAsync(job.Id, JobState.Failed);
        Assert.Single(former.Exchanges);
        Assert.Equal(2, next.Exchanges.Count);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_PeerAway_WaitsForIt()
    {
        using var peer = new CommitmentPeer { Report = r => CommitmentPeer.ReportOf(r) };
        peer.Stop();
        using var worker = await archive.StartWorkerAsync();
        var (job, _) = await AskAsync(peer, 1);
        await archive.EventuallyAsync(job.Id, JobState.Waiting);
        peer.Start();
        await archive.EventuallyAsync(job.Id, JobState.Done);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Commit_ReportNamesWhatWasNotAskedFor_IsRefusedAndNotBelieved()
    {
        using var peer = new CommitmentPeer();
        var other = Stored(1);
        peer.Report = r => CommitmentPeer.ReportOf(r.Set(Tags.ReferencedSOPSequence, [.. r.GetItems(Tags.ReferencedSOPSequence), CommitmentSamples.Item(other[0].SopClassUid, other[0].SopInstanceUid)]));
        using var worker = await archive.StartWorkerAsync();
        var (job, study) = await AskAsync(peer, 1, new PeerCommitment { WaitSeconds = 1 });
        await archive.EventuallyAsync(job.Id, JobState.Waiting);
        Assert.Equal(DimseStatus.InvalidArgumentValue, Assert.Single(peer.Answers));
        Assert.Empty(await HeldAsync(peer, [.. study, .. other]));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_WithCommit_IsFollowedByTheRequest_AndWhatIsMissingIsForwardedOnceMore()
    {
        var study = Stored(3);
        using var peer = new CommitmentPeer();
        // It lost one on the way to its disk.
        peer.Report = r => CommitmentPeer.ReportOf(r, peer.Stored.Count(uid => uid == study[1].SopInstanceUid) == 1 ? new Dictionary<string, int> { [study[1].SopInstanceUid] = 0x0112 } : null);
        using var worker = await archive.StartWorkerAsync();
        await PutAsync(peer, null);
        var forward = await archive.Jobs.CreateAsync(
            new JobRequest("forward") { StudyInstanceUid = study[0].StudyInstanceUid, Peer = peer.Address.AeTitle, Parameters = new ForwardParameters { Commit = true, ForwardMissing = true }.ToJson() }, default);
        await archive.EventuallyAsync(forward.Id, JobState.Done);
        await Eventually.TrueAsync(async () => (await HeldAsync(peer, study)).Count == 3, what: "all is committed");
        await Eventually.TrueAsync(async () => (await JobsAsync(peer)).All(j => j.State is JobState.Done or JobState.Failed), what: "all jobs have ended");

        var jobs = await JobsAsync(peer);
        Assert.Equal(["forward", "commit", "forward", "commit"], jobs.Select(j => j.Kind));
        Assert.Equal([3, 3, 1, 1], jobs.Select(j => j.ObjectsTotal));
        Assert.Equal([JobState.Done, JobState.Failed, JobState.Done, JobState.Done], jobs.Select(j => j.State));
        Assert.Equal($"job {jobs[0].Id}", jobs[1].Cause);
        Assert.Equal(4, peer.Stored.Count);
        await worker.StopAsync();
    }

    private static (JobState State, int? Status, string Message) Told(JobObject o) => (o.State, o.Status, o.Message);

    private IReadOnlyList<SampleObject> Stored(int objects)
    {
        var study = SampleObjects.Study(1, objects, SampleOptions.Fresh());
        archive.Store(study);
        return study;
    }

    private async Task<(Job Job, IReadOnlyList<SampleObject> Study)> AskAsync(CommitmentPeer peer, int objects, PeerCommitment? how = null)
    {
        var study = Stored(objects);
        return (await AskAsync(peer, study, how), study);
    }

    private async Task<Job> AskAsync(CommitmentPeer peer, IReadOnlyList<SampleObject> study, PeerCommitment? how = null)
    {
        await PutAsync(peer, how);
        return await archive.Jobs.CreateAsync(new JobRequest(CommitJob.Kind) { StudyInstanceUid = study[0].StudyInstanceUid, Peer = peer.Address.AeTitle }, default);
    }

    private Task PutAsync(CommitmentPeer peer, PeerCommitment? how) =>
        archive.Peers.PutAsync(new Peer(peer.Address.AeTitle, peer.Address.Host, peer.Address.Port) { Commitment = how }, default);

    /// <summary>As a process with the role Dimse takes a report.</summary>
    private Task<bool> TakeAsync(CommitmentPeer peer, DicomDataset request) => archive.RemoteCommitments.TakeAsync(
        peer.Address.AeTitle, new RemoteReport(request.GetString(Tags.TransactionUID)!, [.. CommitmentSamples.Committed(request).Select(uid => new Pacs.Storage.Commitments.CommitmentReference("", uid))], new Dictionary<string, int>()), default);

    private async Task<IReadOnlyList<string>> HeldAsync(CommitmentPeer peer, IReadOnlyList<SampleObject> study) =>
        [.. (await archive.RemoteCommitments.ListAsync(study[0].StudyInstanceUid, peer.Address.AeTitle, null, 1000, default)).Where(c => c.IsCurrent).Select(c => c.SopInstanceUid).Order()];

    private async Task<IReadOnlyList<Job>> JobsAsync(CommitmentPeer peer) => [.. (await archive.Jobs.ListAsync(new JobFilter { Peer = peer.Address.AeTitle }, default)).OrderBy(j => j.Id)];
}
