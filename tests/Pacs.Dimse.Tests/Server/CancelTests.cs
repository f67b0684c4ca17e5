using System.Buffers;
using System.Net;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Server;

/// <summary>What goes over the wire when a C-CANCEL follows its request at once.</summary>
public sealed class CancelTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private const ushort MessageId = 7;

    [Fact]
    public void Find_CancelFollowsTheRequest_AnswersFE00()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        var final = Cancel(CommandSet.FindRequest(Uids.StudyRootQueryRetrieveInformationModelFind), sample);
        Assert.Equal((DimseStatus.Cancel, CommandField.CFindRsp, false), (final.Status, final.Command, final.HasDataset));
    }

    [Fact]
    public void WorklistFind_CancelFollowsTheRequest_AnswersFE00()
    {
        var final = Cancel(CommandSet.FindRequest(Uids.ModalityWorklistInformationModelFind), SampleObjects.Ct(SampleOptions.Fresh()));
        Assert.Equal((DimseStatus.Cancel, CommandField.CFindRsp, false), (final.Status, final.Command, final.HasDataset));
    }

    [Fact]
    public async Task Move_CancelFollowsTheRequest_AnswersFE00AndSaysWhatRemains()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        await server.AddPeerAsync(new DicomAddress("NEVER", FreePort.Next()));
        var final = Cancel(CommandSet.MoveRequest(Uids.StudyRootQueryRetrieveInformationModelMove, "NEVER"), sample);
        Assert.Equal((DimseStatus.Cancel, CommandField.CMoveRsp), (final.Status, final.Command));
        Assert.Equal(((ushort?)1, (ushort?)0, (ushort?)0), (final.RemainingSuboperations, final.CompletedSuboperations, final.FailedSuboperations));
    }

    [Fact]
    public void Get_CancelFollowsTheRequest_AnswersFE00AndSaysWhatRemains()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        var final = Cancel(CommandSet.GetRequest(Uids.StudyRootQueryRetrieveInformationModelGet), sample);
        Assert.Equal((DimseStatus.Cancel, (ushort?)1, (ushort?)0), (final.Status, final.RemainingSuboperations, final.CompletedSuboperations));
    }

    /// <summary>Sends request and cancel together; the response has to be to the request.</summary>
    private CommandSet Cancel(CommandSet request, SampleObject sample)
    {
        using var peer = ScriptedPeer.Connect(new IPEndPoint(IPAddress.Loopback, server.Address.Port));
        peer.Associate(ScriptedPeer.VerificationRequest with { PresentationContexts = [new PresentationContextProposal(1, request.AffectedSopClassUid!, [Uids.ImplicitVRLittleEndian])] });
        request.MessageId = MessageId;
        request.HasDataset = true;
        var identifier = new ArrayBufferWriter<byte>();
        DatasetWriter.Write(
            new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid),
            TransferSyntaxRegistry.ImplicitVrLittleEndian,
            identifier);
        peer.Send(
        [
            .. Pdu(true, Encode(request)),
            .. Pdu(false, identifier.WrittenMemory),
            .. Pdu(true, Encode(CommandSet.CancelRequest(MessageId))),
        ]);
        var response = CommandSet.Read(peer.Expect<PDataTf>().Values[0].Data.Span);
        Assert.Equal(MessageId, response.MessageIdBeingRespondedTo);
        return response;
    }

    private static byte[] Pdu(bool isCommand, ReadOnlyMemory<byte> data) => PduWriter.ToArray(new PDataTf(new PresentationDataValue(1, isCommand, true, data)));

    private static ReadOnlyMemory<byte> Encode(CommandSet command)
    {
        var bytes = new ArrayBufferWriter<byte>();
        command.Write(bytes);
        return bytes.WrittenMemory;
    }
}
