using System.Buffers;
using System.Net;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Retrieval;
using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Store;

/// <summary>Several objects outstanding on one association: while one is made durable, the next is received.</summary>
public sealed class StoreWindowTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private static readonly AAssociateRq Request = ScriptedPeer.VerificationRequest with
    {
        PresentationContexts = [new(1, Uids.CTImageStorage, [Uids.ExplicitVRLittleEndian])],
        UserInformation = new UserInformation { MaxPduLength = 0, ImplementationClassUid = "1.2.3", AsyncOperationsWindow = new AsyncOperationsWindow(8, 1) },
    };

    [Fact]
    public void Store_EightOutstanding_AllAreStoredAndAnswered()
    {
        var samples = SampleObjects.Study(1, 8, SampleOptions.Fresh());
        using (var peer = Connect())
        {
            for (ushort i = 1; i <= samples.Count; i++) Send(peer, i, samples[i - 1]);
            var answers = samples.Select(_ => CommandSet.Read(peer.Expect<PDataTf>().Values.Single().Data.Span)).ToList();
            Assert.All(answers, a => Assert.Equal(DimseStatus.Success, a.Status));
            Assert.Equal(Enumerable.Range(1, 8), answers.Select(a => (int)a.MessageIdBeingRespondedTo).Order());
            Assert.All(answers, a => Assert.Equal(samples[a.MessageIdBeingRespondedTo - 1].SopInstanceUid, a.AffectedSopInstanceUid));
            peer.Send(new AReleaseRq()).Expect<AReleaseRp>();
        }
        Assert.All(samples, s => Assert.True(IsStored(s)));
    }

    [Fact]
    public async Task Store_AbortedWhileOutstanding_KeepsWhatCameWholeAndNoFileOpen()
    {
        var samples = SampleObjects.Study(1, 4, SampleOptions.Fresh());
        using (var peer = Connect())
        {
            for (ushort i = 1; i <= samples.Count; i++) Send(peer, i, samples[i - 1]);
            peer.Expect<PDataTf>();
            peer.Send(new AAbort(AbortSource.ServiceUser, default));
            peer.ExpectEnd();
        }
        await Eventually.TrueAsync(() => !Directory.EnumerateFiles(Path.Combine(server.Postgres.DataFolder, "incoming"), "*.part", SearchOption.AllDirectories).Any());
        Assert.Contains(samples, IsStored);
    }

    private ScriptedPeer Connect()
    {
        var peer = ScriptedPeer.Connect(new IPEndPoint(IPAddress.Loopback, server.Address.Port));
        Assert.Equal(new AsyncOperationsWindow(8, 1), peer.Send(Request).Expect<AAssociateAc>().UserInformation.AsyncOperationsWindow);
        return peer;
    }

    private static void Send(ScriptedPeer peer, ushort messageId, SampleObject sample)
    {
        var command = CommandSet.StoreRequest(sample.SopClassUid, sample.SopInstanceUid);
        (command.MessageId, command.HasDataset) = (messageId, true);
        var bytes = new ArrayBufferWriter<byte>();
        command.Write(bytes);
        peer.Send(new PDataTf(new PresentationDataValue(1, true, true, bytes.WrittenMemory)));
        peer.Send(new PDataTf(new PresentationDataValue(1, false, true, sample.ToDatasetBytes())));
    }

    private bool IsStored(SampleObject sample) =>
        server.Get<RetrievalService>().SelectAsync(new InstanceSelector { SopInstanceUids = [sample.SopInstanceUid] }, default).ToBlockingEnumerable().Any();
}
