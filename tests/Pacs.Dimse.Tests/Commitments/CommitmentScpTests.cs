using System.Buffers;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Commitments;
using Pacs.Storage.Jobs;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Net;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Commitments;

/// <summary>Storage commitment as a modality sees it that stays for the report. DCMTK has no SCU of it.</summary>
public sealed class CommitmentScpTests(DimseFixture archive) : IClassFixture<DimseFixture>
{
    private readonly Reports _reports = new();

    [Fact]
    public async Task Commit_EverythingStored_IsReportedOnTheSameAssociation()
    {
        var study = Stored(3);
        var transaction = Uid.Generate();
        using var association = Associate();
        Assert.True(Request(association, CommitmentSamples.Information(transaction, study)).Status.IsSuccess);
        association.Receive(_reports);

        var (command, report) = Assert.Single(_reports.Received);
        Assert.Equal((ushort)1, command.EventTypeId);
        Assert.Equal((Uids.StorageCommitmentPushModel, Uids.StorageCommitmentPushModelInstance), (command.AffectedSopClassUid, command.AffectedSopInstanceUid));
        Assert.Equal((transaction, DimseFixture.AeTitle), (report.GetString(Tags.TransactionUID), report.GetString(Tags.RetrieveAETitle)));
        Assert.Equal(study.Select(o => o.SopInstanceUid), CommitmentSamples.Committed(report));
        Assert.False(report.Contains(Tags.FailedSOPSequence));

        await Eventually.TrueAsync(async () => (await FindAsync(transaction))!.ReportedAt is not null);
        Assert.Equal(JobState.Done, (await archive.Get<JobService>().FindAsync((await FindAsync(transaction))!.JobId, default))!.State);
    }

    [Fact]
    public void Commit_SomeNotAsTheyShouldBe_AreInTheFailedListWithTheirReasons()
    {
        var study = Stored(3);
        Damage(study[1]);
        File.Delete(BlobPath(study[2]));
        var request = CommitmentSamples.Information(Uid.Generate(), study[0], study[1], study[2]);
        var unknown = CommitmentSamples.Item(Uids.CTImageStorage, "1.2.3.4.5");
        var other = Stored(1)[0];
        request.Set(Tags.ReferencedSOPSequence, [.. request.GetItems(Tags.ReferencedSOPSequence), unknown, CommitmentSamples.Item(Uids.MRImageStorage, other.SopInstanceUid)]);
        using var association = Associate();
        Assert.True(Request(association, request).Status.IsSuccess);
        association.Receive(_reports);

        var (command, report) = Assert.Single(_reports.Received);
        Assert.Equal((ushort)2, command.EventTypeId);
        Assert.Equal([study[0].SopInstanceUid], CommitmentSamples.Committed(report));
        Assert.Equal(
            new Dictionary<string, long> { [study[1].SopInstanceUid] = 0x0110, [study[2].SopInstanceUid] = 0x0110, ["1.2.3.4.5"] = 0x0112, [other.SopInstanceUid] = 0x0119 },
            CommitmentSamples.Failed(report));
    }

    [Fact]
    public void Commit_NothingOfItHere_HasNoReferencedSequence()
    {
        using var association = Associate();
        var request = new DicomDataset().Set(Tags.TransactionUID, Uid.Generate()).Set(Tags.ReferencedSOPSequence, CommitmentSamples.Item(Uids.CTImageStorage, "1.2.3.4.5"));
        Assert.True(Request(association, request).Status.IsSuccess);
        association.Receive(_reports);
        Assert.False(_reports.Received[0].Dataset.Contains(Tags.ReferencedSOPSequence));
        Assert.Equal((ushort)2, _reports.Received[0].Command.EventTypeId);
    }

    [Fact]
    public async Task Commit_SameTransactionAgain_IsOneCommitmentReportedAgain()
    {
        var study = SampleObjects.Study(1, 2, SampleOptions.Fresh());
        archive.Store(study[0]);
        var request = CommitmentSamples.Information(Uid.Generate(), study);
        var transaction = request.GetString(Tags.TransactionUID)!;
        using var association = Associate();
        Assert.True(Request(association, request).Status.IsSuccess);
        association.Receive(_reports);
        Assert.Single(CommitmentSamples.Failed(_reports.Received[0].Dataset));
        var first = await FindAsync(transaction);

        // What was missing has come meanwhile.
        archive.Store(study[1]);
        Assert.True(Request(association, request).Status.IsSuccess);
        association.Receive(_reports);
        Assert.Equal(2, CommitmentSamples.Committed(_reports.Received[1].Dataset).Count);
        Assert.Equal(first!.Id, (await FindAsync(transaction))!.Id);

        // For other objects the transaction cannot be used again.
        Assert.Equal(DimseStatus.InvalidArgumentValue, Request(association, CommitmentSamples.Information(transaction, Stored(1))).Status);
    }

    [Fact]
    public void Commit_SameTransactionAgainAfterDamage_ReportsWhatIsBrokenNow()
    {
        var study = Stored(3);
        var request = CommitmentSamples.Information(Uid.Generate(), study);
        using var association = Associate();
        Assert.True(Request(association, request).Status.IsSuccess);
        association.Receive(_reports);
        Assert.Equal(3, CommitmentSamples.Committed(_reports.Received[0].Dataset).Count);

        Damage(study[0]);
        File.Delete(BlobPath(study[1]));
        Assert.True(Request(association, request).Status.IsSuccess);
        association.Receive(_reports);
        Assert.Equal([study[2].SopInstanceUid], CommitmentSamples.Committed(_reports.Received[1].Dataset));
        Assert.Equal(study.Take(2).Select(o => o.SopInstanceUid).Order(), CommitmentSamples.Failed(_reports.Received[1].Dataset).Keys.Order());
    }

    [Fact]
    public async Task Commit_RequesterReleasesAtOnce_LeavesTheReportToTheJob()
    {
        var study = Stored(2);
        var transaction = Uid.Generate();
        using (var association = Associate()) Assert.True(Request(association, CommitmentSamples.Information(transaction, study)).Status.IsSuccess);

        var job = (await FindAsync(transaction))!.JobId;
        await Eventually.TrueAsync(() => archive.Postgres.Query($"SELECT state = 0 AND next_attempt_at <= now() FROM jobs WHERE id = {job}") is true);
        var listed = await archive.Get<JobService>().FindAsync(job, default);
        Assert.Equal(("commitment-report", "TESTER", 1), (listed!.Kind, listed.Peer, listed.ObjectsTotal));
    }

    [Fact]
    public async Task Commit_RequesterFailsTheReport_LeavesItToTheJob()
    {
        var transaction = Uid.Generate();
        using var association = Associate();
        Request(association, CommitmentSamples.Information(transaction, Stored(1)));
        association.Receive(new Reports { Answer = DimseStatus.ProcessingFailure });
        var commitment = await FindAsync(transaction);
        await Eventually.TrueAsync(() => archive.Postgres.Query($"SELECT state = 0 AND next_attempt_at <= now() FROM jobs WHERE id = {commitment!.JobId}") is true);
        Assert.Null((await FindAsync(transaction))!.ReportedAt);
    }

    [Fact]
    public void Action_NotAsTheStandardHasIt_IsRefusedWithItsStatus()
    {
        var good = CommitmentSamples.Information(Uid.Generate(), Stored(1));
        using var association = Associate();
        Assert.Equal(DimseStatus.NoSuchActionType, Request(association, good, c => c.ActionTypeId = 2).Status);
        Assert.Equal(DimseStatus.NoSuchSopInstance, Request(association, good, c => c.RequestedSopInstanceUid = "1.2.840.10008.1.20.1.2").Status);
        Assert.Equal(DimseStatus.InvalidSopInstance, Request(association, good, c => c.RequestedSopInstanceUid = "1..2").Status);
        Assert.Equal(DimseStatus.NoSuchSopClass, Request(association, good, c => c.RequestedSopClassUid = Uids.StorageCommitmentPullModel).Status);
        Assert.Equal(DimseStatus.InvalidArgumentValue, Request(association, null).Status);
        Assert.Equal(DimseStatus.InvalidArgumentValue, Request(association, new DicomDataset().Set(Tags.TransactionUID, "1.2")).Status);
        Assert.Equal(DimseStatus.InvalidArgumentValue, Request(association, CommitmentSamples.Information("not a uid", Stored(1))).Status);
        Assert.Equal(DimseStatus.InvalidArgumentValue, Request(association, new DicomDataset().Set(Tags.TransactionUID, "1.2").Set(Tags.ReferencedSOPSequence, new DicomDataset())).Status);
        Assert.Equal(DimseStatus.UnrecognizedOperation, association.Send(Context(association), CommandSet.EchoRequest(), null).Single().Status);
    }

    [Fact]
    public async Task Action_DatabaseIsAway_IsToComeAgain()
    {
        await using var server = await DimseFixture.StartAsync();
        using var association = server.Connect(new ProposedContext(Uids.StorageCommitmentPushModel, Uids.ExplicitVRLittleEndian));
        server.Postgres.Query("ALTER TABLE commitments RENAME TO taken_away");
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var response = Request(association, CommitmentSamples.Information(Uid.Generate(), sample));
        Assert.Equal(DimseStatus.ResourceLimitation, response.Status);
        Assert.Contains("database", response.Command.ErrorComment);

        server.Postgres.Query("ALTER TABLE taken_away RENAME TO commitments");
        Assert.True(Request(association, CommitmentSamples.Information(Uid.Generate(), sample)).Status.IsSuccess);
    }

    [Fact]
    public void Action_Unreadable_IsRefused()
    {
        using var peer = ScriptedPeer.Connect(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, archive.Address.Port));
        peer.Associate(ScriptedPeer.VerificationRequest with { PresentationContexts = [new PresentationContextProposal(1, Uids.StorageCommitmentPushModel, [Uids.ExplicitVRLittleEndian])] });
        var command = CommitmentSamples.Action();
        command.MessageId = 1;
        command.HasDataset = true;
        var bytes = new ArrayBufferWriter<byte>();
        command.Write(bytes);
        // Of a Transaction UID of 200 bytes none is there.
        peer.Send(new PDataTf(new PresentationDataValue(1, true, true, bytes.WrittenMemory), new PresentationDataValue(1, false, true, new byte[] { 8, 0, 0x95, 0x11, (byte)'U', (byte)'I', 200, 0 })));
        var response = CommandSet.Read(peer.Expect<PDataTf>().Values[0].Data.Span);
        Assert.Equal(DimseStatus.MistypedArgument, response.Status);
    }

    [Fact]
    public void Action_TooManyObjects_IsRefused()
    {
        var request = new DicomDataset().Set(Tags.TransactionUID, "1.2.3.1")
            .Set(Tags.ReferencedSOPSequence, Enumerable.Range(1, CommitmentService.MaxReferences + 1).Select(i => CommitmentSamples.Item(Uids.CTImageStorage, $"1.2.{i}")).ToList());
        using var association = Associate();
        Assert.Equal(DimseStatus.ResourceLimitation, Request(association, request).Status);
        Assert.True(Request(association, CommitmentSamples.Information("1.2.3.1", Stored(1))).Status.IsSuccess);
    }

    private IReadOnlyList<SampleObject> Stored(int objects)
    {
        var study = SampleObjects.Study(1, objects, SampleOptions.Fresh());
        archive.Store([.. study]);
        return study;
    }

    private void Damage(SampleObject sample)
    {
        using var blob = File.Open(BlobPath(sample), FileMode.Open, FileAccess.ReadWrite);
        blob.Seek(-1, SeekOrigin.End);
        var last = blob.ReadByte();
        blob.Seek(-1, SeekOrigin.End);
        blob.WriteByte((byte)~last);
    }

    private string BlobPath(SampleObject sample) =>
        Path.Combine(archive.Postgres.DataFolder, "blobs", (string)archive.Postgres.Query($"SELECT blob_key FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'")!);

    private Task<Commitment?> FindAsync(string transaction) => archive.Get<CommitmentService>().FindAsync("TESTER", transaction, default);

    private ClientAssociation Associate() => archive.Connect(new ProposedContext(Uids.StorageCommitmentPushModel, Uids.ExplicitVRLittleEndian));

    private static PresentationContext Context(ClientAssociation association) => association.Info.Contexts[0];

    private static DimseResponse Request(ClientAssociation association, DicomDataset? information, Action<CommandSet>? change = null)
    {
        var command = CommitmentSamples.Action();
        change?.Invoke(command);
        return association.Send(Context(association), command, information).Single();
    }

    private sealed class Reports : IDimseService
    {
        public IReadOnlyList<ServiceContext> Contexts => [];
        public DimseStatus Answer { get; init; } = DimseStatus.Success;
        public List<(CommandSet Command, DicomDataset Dataset)> Received { get; } = [];

        public void Handle(DimseRequest request)
        {
            Received.Add((request.Command, request.ReadDataset()));
            request.Respond(Answer);
        }
    }
}
