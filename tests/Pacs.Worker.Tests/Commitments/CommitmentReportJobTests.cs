using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Commitments;
using Pacs.Storage.Jobs;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Commitments;

/// <summary>The report of a storage commitment on an association of this side.</summary>
public sealed class CommitmentReportJobTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    /// <summary>Whoever asks by DICOMweb looks for the result; there is nobody to be told.</summary>
    [Fact]
    public async Task Report_AskedByDicomWeb_VerifiesAndIsDone()
    {
        var study = SampleObjects.Study(1, 2, SampleOptions.Fresh());
        archive.Store(study);
        var request = new CommitmentRequest(CommitmentService.WebRequester, "", Uid.Generate(), [.. study.Select(o => new CommitmentReference(o.SopClassUid, o.SopInstanceUid))]);
        var begun = (await archive.Commitments.BeginAsync(request, default)).Commitment!;
        await archive.Commitments.HandOverAsync(begun, default);
        using var worker = await archive.StartWorkerAsync();
        await archive.EventuallyAsync(begun.JobId, JobState.Done);
        var done = await archive.Commitments.FindAsync(begun.Id, default);
        Assert.NotNull(done!.VerifiedAt);
        Assert.Equal((2, 0, null), (done.ObjectsCommitted, done.ObjectsFailed, done.ReportedAt));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Report_RequesterGone_ArrivesOnANewAssociation()
    {
        using var requester = new RecordingScp(Uids.StorageCommitmentPushModel);
        using var worker = await archive.StartWorkerAsync();
        var (commitment, study) = await BeginAsync(requester, 2, "ALIAS");

        await EventuallyAsync(commitment, JobState.Done);
        var report = Assert.Single(requester.Requests);
        Assert.Equal(("ALIAS", CommandField.NEventReportRq, (ushort)1), (report.CallingAeTitle, report.Command.Command, report.Command.EventTypeId!.Value));
        Assert.Equal(commitment.TransactionUid, report.Dataset.GetString(Tags.TransactionUID));
        Assert.Equal(study.Select(o => o.SopInstanceUid), CommitmentSamples.Committed(report.Dataset));
        var told = (await archive.Commitments.FindAsync(commitment.Id, default))!;
        Assert.Equal((2, 0), (told.ObjectsCommitted, told.ObjectsFailed));
        Assert.NotNull(told.ReportedAt);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Report_RequesterDownThenUp_ArrivesInTheEnd()
    {
        using var requester = new RecordingScp(Uids.StorageCommitmentPushModel);
        requester.Stop();
        using var worker = await archive.StartWorkerAsync();
        var (commitment, _) = await BeginAsync(requester, 1);
        await archive.EventuallyAsync(commitment.JobId, j => j is { State: JobState.Waiting, Attempts: 0, Message.Length: > 0 }, "job waits with its peer");
        requester.Start();
        await EventuallyAsync(commitment, JobState.Done);
        Assert.Single(requester.Requests);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Report_RequesterIsNoPeer_WaitsUntilItIsOne()
    {
        using var requester = new RecordingScp(Uids.StorageCommitmentPushModel);
        using var worker = await archive.StartWorkerAsync();
        var (commitment, _) = await BeginAsync(requester, 1, isPeer: false);
        var waiting = await archive.EventuallyAsync(commitment.JobId, j => j.State == JobState.Waiting, "job waits");
        Assert.Contains($"PUT /api/v1/peers/{commitment.Requester}", waiting.Message, StringComparison.Ordinal);
        // What came of it is on record meanwhile.
        var verified = (await archive.Commitments.FindAsync(commitment.Id, default))!;
        Assert.Equal(1, verified.ObjectsCommitted);
        Assert.NotNull(verified.VerifiedAt);

        await archive.Peers.PutAsync(new(requester.Address.AeTitle, requester.Address.Host, requester.Address.Port), default);
        await EventuallyAsync(commitment, JobState.Done);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Report_RefusedForGood_EndsTheJobWithThePeersStatus()
    {
        using var requester = new RecordingScp(Uids.StorageCommitmentPushModel) { Answer = _ => DimseStatus.NoSuchSopInstance };
        using var worker = await archive.StartWorkerAsync();
        var (commitment, _) = await BeginAsync(requester, 1);
        await EventuallyAsync(commitment, JobState.Failed);
        var transaction = Assert.Single(await archive.Jobs.ListObjectsAsync(commitment.JobId, null, 0, 10, default));
        Assert.Equal((commitment.TransactionUid, 0x0112), (transaction.SopInstanceUid, transaction.Status));
        Assert.Single(requester.Requests);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Report_RefusedForNow_IsSentAgain()
    {
        using var requester = new RecordingScp(Uids.StorageCommitmentPushModel);
        requester.Answer = _ => requester.Requests.Count == 1 ? DimseStatus.ProcessingFailure : DimseStatus.Success;
        using var worker = await archive.StartWorkerAsync();
        var (commitment, _) = await BeginAsync(requester, 1);
        await EventuallyAsync(commitment, JobState.Done);
        Assert.Equal(2, requester.Requests.Count);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Report_PeerTakesNoCommitmentContext_FailsForGood()
    {
        using var requester = new RecordingScp(Uids.Verification);
        using var worker = await archive.StartWorkerAsync();
        var (commitment, _) = await BeginAsync(requester, 1);
        Assert.Contains("no storage commitment context", (await archive.EventuallyAsync(commitment.JobId, JobState.Failed)).Message, StringComparison.Ordinal);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Create_ReportByRequest_IsRefused() => Assert.Equal(
        JobRefusal.Invalid,
        (await Assert.ThrowsAsync<JobRefusedException>(() => archive.Jobs.CreateAsync(new JobRequest(CommitmentService.JobKind) { StudyInstanceUid = "1.2", Peer = "X" }, default))).Refusal);

    private async Task<(Commitment Commitment, IReadOnlyList<SampleObject> Study)> BeginAsync(RecordingScp requester, int objects, string called = "PACS", bool isPeer = true)
    {
        var study = SampleObjects.Study(1, objects, SampleOptions.Fresh());
        archive.Store(study);
        var address = requester.Address;
        if (isPeer) await archive.Peers.PutAsync(new(address.AeTitle, address.Host, address.Port), default);
        var request = new CommitmentRequest(address.AeTitle, called, Uid.Generate(), [.. study.Select(o => new CommitmentReference(o.SopClassUid, o.SopInstanceUid))]);
        var commitment = (await archive.Commitments.BeginAsync(request, default)).Commitment!;
        await archive.Commitments.HandOverAsync(commitment, default);
        return (commitment, study);
    }

    private Task<Job> EventuallyAsync(Commitment commitment, JobState state) => archive.EventuallyAsync(commitment.JobId, state);
}
