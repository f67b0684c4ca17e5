using System.Net;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Net;
using Pacs.TestKit.Samples;
using Pacs.TestKit;

namespace Pacs.Dimse.Tests.Retrieve;

/// <summary>Retrieves of a peer that negotiated an asynchronous operations window (PS3.7 §D.3.3.3).</summary>
public sealed class RetrieveWindowTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private const byte Move = 1, Get = 3, Ct = 5, Echo = 7;

    [Fact]
    public async Task Move_WithinAWindow_LeavesTheAssociationToOthersAndIsCancelled()
    {
        var study = Stored(3);
        using var destination = await MoveDestination.StartAsync(server, "WINDOW");
        using var isAnswered = new ManualResetEventSlim();
        using var isSecondThere = new ManualResetEventSlim();
        using var isCancelled = new ManualResetEventSlim();
        destination.OnObject = (_, number) =>
        {
            if (number == 2) isSecondThere.Set();
            Assert.True((number == 1 ? isAnswered : isCancelled).Wait(Eventually.Patience));
            return DimseStatus.Success;
        };
        using var peer = Associate();
        peer.Send(Move, CommandSet.MoveRequest(Uids.StudyRootQueryRetrieveInformationModelMove, "WINDOW"), 1, Identifier(study));
        peer.Send(Echo, CommandSet.EchoRequest(), 2);
        Assert.Equal((CommandField.CEchoRsp, (ushort)2), Head(Next(peer, CommandField.CEchoRsp)));

        isAnswered.Set();
        CommandSet pending;
        while ((pending = Next(peer, CommandField.CMoveRsp)).RemainingSuboperations == 3) { }
        Assert.Equal((DimseStatus.Pending, (ushort?)2), (pending.Status, pending.RemainingSuboperations));
        Assert.True(isSecondThere.Wait(Eventually.Patience));
        // The echo's response says that the cancel before it was read.
        peer.Send(Move, CommandSet.CancelRequest(1), 0).Send(Echo, CommandSet.EchoRequest(), 3);
        Next(peer, CommandField.CEchoRsp);
        isCancelled.Set();
        CommandSet final;
        while ((final = Next(peer, CommandField.CMoveRsp)).Status.IsPending) { }
        Assert.Equal((DimseStatus.Cancel, (ushort?)1, (ushort?)2), (final.Status, final.RemainingSuboperations, final.CompletedSuboperations));
        peer.Send(new AReleaseRq()).Expect<AReleaseRp>();
    }

    [Fact]
    public void Get_WithinAWindow_GoesOnBesideOtherRequests()
    {
        var study = Stored(3);
        using var peer = Associate();
        peer.Send(Get, CommandSet.GetRequest(Uids.StudyRootQueryRetrieveInformationModelGet), 1, Identifier(study));
        var received = new List<string>();
        var isEchoed = false;
        CommandSet command;
        while ((command = peer.ExpectMessage().Command) is { Command: not CommandField.CGetRsp } or { Status.IsPending: true })
        {
            if (command.Command == CommandField.CEchoRsp) isEchoed = true;
            if (command.Command != CommandField.CStoreRq) continue;
            received.Add(command.AffectedSopInstanceUid!);
            // While the server waits for the response to its object.
            if (received.Count == 1) peer.Send(Echo, CommandSet.EchoRequest(), 2);
            peer.Send(ScriptedMessages.Command(Ct, command.Response(DimseStatus.Success)));
        }
        Assert.Equal((DimseStatus.Success, (ushort?)3), (command.Status, command.CompletedSuboperations));
        Assert.Equal(study.Select(s => s.SopInstanceUid), received);
        if (!isEchoed) Next(peer, CommandField.CEchoRsp);
        peer.Send(new AReleaseRq()).Expect<AReleaseRp>();
    }

    private ScriptedPeer Associate() => ScriptedPeer.Connect(new IPEndPoint(IPAddress.Loopback, server.Address.Port)).Associate(ScriptedPeer.VerificationRequest with
    {
        PresentationContexts =
        [
            new(Move, Uids.StudyRootQueryRetrieveInformationModelMove, [Uids.ImplicitVRLittleEndian]),
            new(Get, Uids.StudyRootQueryRetrieveInformationModelGet, [Uids.ImplicitVRLittleEndian]),
            new(Ct, Uids.CTImageStorage, [Uids.ImplicitVRLittleEndian]),
            new(Echo, Uids.Verification, [Uids.ImplicitVRLittleEndian]),
        ],
        UserInformation = new UserInformation
        {
            MaxPduLength = 0,
            AsyncOperationsWindow = new AsyncOperationsWindow(4, 1),
            RoleSelections = [new RoleSelection(Uids.CTImageStorage, true, true)],
        },
    });

    /// <summary>The next message of the kind; pending responses before it are skipped.</summary>
    private static CommandSet Next(ScriptedPeer peer, CommandField kind)
    {
        CommandSet command;
        while ((command = peer.ExpectMessage().Command).Command != kind) Assert.True(command.Status.IsPending, command.Status.ToString());
        return command;
    }

    private static (CommandField, ushort) Head(CommandSet command) => (command.Command, command.MessageIdBeingRespondedTo);

    private static byte[] Identifier(IReadOnlyList<SampleObject> study) =>
        DatasetWriter.ToArray(RetrieveRequests.Study(study[0].StudyInstanceUid), TransferSyntaxRegistry.ImplicitVrLittleEndian);

    private IReadOnlyList<SampleObject> Stored(int count)
    {
        var study = SampleObjects.Study(1, count, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        server.Store(study);
        return study;
    }
}
