using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Access;
using Pacs.Storage.RemoteCommitments;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Commitments;

/// <summary>Peers that were asked for storage commitment, and report on an association of theirs – or pretend to.</summary>
public sealed class RemoteReportTests(DimseFixture archive) : IClassFixture<DimseFixture>
{
    private const string Peer = "TESTER";

    private RemoteCommitmentStore Commitments => archive.Get<RemoteCommitmentStore>();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Report_OnAnAssociationOfThePeer_IsTakenWhetherOrNotItNamesItsRole(bool namesRole)
    {
        var (transaction, study, job) = await AskedAsync(3);
        using var association = archive.Connect(Context(namesRole));
        Assert.Equal(DimseStatus.Success, Report(association, transaction, study.Take(2), [(study[2], 0x0112)]));

        Assert.Equal(study.Take(2).Select(o => o.SopInstanceUid).Order(), (await HeldAsync(study)).Order());
        var listed = await Commitments.ListAsync(study[0].StudyInstanceUid, null, null, 10, default);
        Assert.All(listed, c => Assert.Equal((Peer, transaction, true), (c.Peer, c.TransactionUid, c.IsCurrent)));
        // The job that waited looks at once.
        Assert.True(archive.Postgres.Query($"SELECT next_attempt_at <= now() FROM jobs WHERE id = {job}") is true);
        var answers = await Commitments.TakeAnswersAsync(job, [.. study.Select(o => o.SopInstanceUid)], default);
        Assert.Equal([0, 0, 0x0112], study.Select(o => answers[o.SopInstanceUid].Failure));
    }

    [Fact]
    public async Task Report_Again_IsSuccessAndNothingNew_OtherwiseRefused()
    {
        var (transaction, study, _) = await AskedAsync(2);
        using var association = archive.Connect(Context());
        Assert.Equal(DimseStatus.Success, Report(association, transaction, study.Take(1), [(study[1], 0x0213)]));
        Assert.Equal(DimseStatus.Success, Report(association, transaction, study.Take(1), [(study[1], 0x0213)]));
        Assert.Equal(DimseStatus.InvalidArgumentValue, Report(association, transaction, study, []));
        Assert.Equal([study[0].SopInstanceUid], await HeldAsync(study));
    }

    [Fact]
    public async Task Report_InTwoParts_IsTakenTogether()
    {
        var (transaction, study, _) = await AskedAsync(2);
        using var association = archive.Connect(Context());
        Assert.Equal(DimseStatus.Success, Report(association, transaction, study.Take(1), []));
        Assert.Equal(DimseStatus.Success, Report(association, transaction, study.Skip(1), []));
        Assert.Equal(2, (await HeldAsync(study)).Count);
    }

    [Theory]
    [InlineData("unknown", 0x0115)]
    [InlineData("sender", 0x0115)]
    [InlineData("object", 0x0115)]
    [InlineData("failed object", 0x0115)]
    [InlineData("class", 0x0115)]
    [InlineData("both", 0x0115)]
    [InlineData("nothing", 0x0115)]
    [InlineData("no transaction", 0x0115)]
    [InlineData("no data set", 0x0115)]
    [InlineData("event", 0x0113)]
    [InlineData("sop class", 0x0118)]
    [InlineData("sop instance", 0x0112)]
    public async Task Report_ThatIsNoAnswer_IsRefusedAndNothingOfItBelieved(string how, int status)
    {
        var (transaction, study, _) = await AskedAsync(1, how == "sender" ? "OTHER" : Peer);
        var dataset = new DicomDataset().Set(Tags.TransactionUID, how == "unknown" ? Uid.Generate() : transaction);
        List<DicomDataset> committed = [CommitmentSamples.Item(how == "class" ? Uids.MRImageStorage : study[0].SopClassUid, study[0].SopInstanceUid)];
        if (how == "object") committed.Add(CommitmentSamples.Item(Uids.CTImageStorage, "1.2.3.4"));
        if (how != "nothing") dataset.Set(Tags.ReferencedSOPSequence, committed);
        if (how is "both" or "failed object") dataset.Set(Tags.FailedSOPSequence, CommitmentSamples.Item(Uids.CTImageStorage, how == "both" ? study[0].SopInstanceUid : "1.2.3.4").Set(Tags.FailureReason, 0x0110L));
        if (how == "no transaction") dataset.Set(Tags.TransactionUID, "");
        var command = Event();
        if (how == "event") command.EventTypeId = 3;
        if (how == "sop class") command.AffectedSopClassUid = Uids.CTImageStorage;
        if (how == "sop instance") command.AffectedSopInstanceUid = "1.2.3.4";
        using var association = archive.Connect(Context());
        Assert.Equal(status, association.Send(association.Info.Contexts[0], command, how == "no data set" ? null : dataset).Last().Status.Value);

        Assert.Empty(await Commitments.ListAsync(study[0].StudyInstanceUid, null, null, 10, default));
        Assert.False(await Commitments.IsReportedAsync(transaction, default));
        // The association and the transaction are as good as before.
        if (how != "sender") Assert.Equal(DimseStatus.Success, Report(association, transaction, study, []));
    }

    [Fact]
    public async Task Report_PeerMayBeNoScp_IsRefused()
    {
        await archive.AddPeerAsync(new(Peer, 104));
        await archive.Get<Pacs.Storage.Peers.PeerStore>().PutAsync(new(Peer, "127.0.0.1", 104) { Rules = new AssociationRules { MayBeScp = false } }, default);
        var (transaction, study, _) = await AskedAsync(1);
        using (var association = archive.Connect(Context(namesRole: false))) Assert.Equal(DimseStatus.UnrecognizedOperation, Report(association, transaction, study, []));
        Assert.Empty(await HeldAsync(study));
        await archive.Get<Pacs.Storage.Peers.PeerStore>().RemoveAsync(Peer, default);
    }

    [Fact]
    public async Task Report_LaterRequestAnsweredOtherwise_TheLaterCountsInWhicheverOrder()
    {
        var (first, study, _) = await AskedAsync(1);
        var second = await AskAgainAsync(study);
        using var association = archive.Connect(Context());
        Assert.Equal(DimseStatus.Success, Report(association, first, study, []));
        Assert.Single(await HeldAsync(study));
        Assert.Equal(DimseStatus.Success, Report(association, second, [], [(study[0], 0x0112)]));
        Assert.Empty(await HeldAsync(study));

        var third = await AskAgainAsync(study);
        var fourth = await AskAgainAsync(study);
        Assert.Equal(DimseStatus.Success, Report(association, fourth, study, []));
        Assert.Equal(DimseStatus.Success, Report(association, third, [], [(study[0], 0x0110)]));
        Assert.Single(await HeldAsync(study));
    }

    [Fact]
    public async Task Held_ObjectReplacedSince_IsNotWhatThePeerHas()
    {
        var (transaction, study, _) = await AskedAsync(1);
        using var association = archive.Connect(Context());
        Assert.Equal(DimseStatus.Success, Report(association, transaction, study, []));
        archive.Postgres.Query($"UPDATE instances SET blob_key = blob_key || 'x' WHERE sop_instance_uid = '{study[0].SopInstanceUid}'");
        Assert.Empty(await HeldAsync(study));
        Assert.False(Assert.Single(await Commitments.ListAsync(study[0].StudyInstanceUid, Peer, null, 10, default)).IsCurrent);
    }

    private static ProposedContext Context(bool namesRole = true) =>
        new(Uids.StorageCommitmentPushModel, Uids.ExplicitVRLittleEndian) { AsScu = !namesRole, AsScp = namesRole };

    private static CommandSet Event(ushort type = 1) => new()
    {
        Command = CommandField.NEventReportRq,
        AffectedSopClassUid = Uids.StorageCommitmentPushModel,
        AffectedSopInstanceUid = Uids.StorageCommitmentPushModelInstance,
        EventTypeId = type,
    };

    private static DimseStatus Report(ClientAssociation association, string transaction, IEnumerable<SampleObject> committed, IReadOnlyList<(SampleObject Object, int Reason)> failed)
    {
        var dataset = new DicomDataset().Set(Tags.TransactionUID, transaction);
        if (failed.Count > 0) dataset.Set(Tags.FailedSOPSequence, failed.Select(f => CommitmentSamples.Item(f.Object.SopClassUid, f.Object.SopInstanceUid).Set(Tags.FailureReason, (long)f.Reason)).ToList());
        var items = committed.Select(o => CommitmentSamples.Item(o.SopClassUid, o.SopInstanceUid)).ToList();
        if (items.Count > 0) dataset.Set(Tags.ReferencedSOPSequence, items);
        return association.Send(association.Info.Contexts[0], Event((ushort)(failed.Count == 0 ? 1 : 2)), dataset).Last().Status;
    }

    private async Task<(string Transaction, IReadOnlyList<SampleObject> Study, long Job)> AskedAsync(int objects, string peer = Peer)
    {
        var study = SampleObjects.Study(1, objects, SampleOptions.Fresh());
        archive.Store([.. study]);
        var (transaction, job) = await AskAsync(study, peer);
        return (transaction, study, job);
    }

    private async Task<string> AskAgainAsync(IReadOnlyList<SampleObject> study) => (await AskAsync(study, Peer)).Transaction;

    private async Task<(string Transaction, long Job)> AskAsync(IReadOnlyList<SampleObject> study, string peer)
    {
        var job = (long)archive.Postgres.Query($"INSERT INTO jobs (kind, peer, state, next_attempt_at) VALUES ('commit', '{peer}', 2, now() + interval '1 h') RETURNING id")!;
        var transaction = Uid.Generate();
        Assert.Equal(study.Count, (await Commitments.BeginAsync(job, peer, transaction, [.. study.Select(o => o.SopInstanceUid), "1.2.3.999"], TimeSpan.FromHours(1), default)).Count);
        return (transaction, job);
    }

    private async Task<IReadOnlyList<string>> HeldAsync(IReadOnlyList<SampleObject> study) =>
        [.. (await Commitments.ListAsync(study[0].StudyInstanceUid, Peer, null, 1000, default)).Where(c => c.IsCurrent).Select(c => c.SopInstanceUid)];
}
