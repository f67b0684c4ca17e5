using System.Net;
using System.Net.Sockets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.Tests.UpperLayer;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Net;

namespace Pacs.Dicom.Tests.Net;

/// <summary>Every PDU in every state that a peer can bring the other side to: what goes back over the wire is the action of PS3.8 Table 9-10.</summary>
public sealed class WrongStateTests
{
    private const string Unknown = "08 00 00000004 00000000";

    private static readonly Dictionary<AssociationEvent, byte[]> Pdus = new()
    {
        [AssociationEvent.AssociateAcReceived] = GoldenPdus.AssociateAc,
        [AssociationEvent.AssociateRjReceived] = GoldenPdus.AssociateRj,
        [AssociationEvent.AssociateRqReceived] = PduWriter.ToArray(ScriptedPeer.VerificationRequest),
        [AssociationEvent.DataReceived] = GoldenPdus.Hex("04 00 00000000"),
        [AssociationEvent.ReleaseRqReceived] = GoldenPdus.ReleaseRq,
        [AssociationEvent.ReleaseRpReceived] = GoldenPdus.ReleaseRp,
        [AssociationEvent.AbortReceived] = GoldenPdus.Abort,
        [AssociationEvent.InvalidPduReceived] = GoldenPdus.Hex(Unknown),
    };

    /// <summary>Of the timers, where one ends what nobody goes on with: what comes before that has to be quicker, also on a busy machine.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    public static TheoryData<AssociationEvent, AssociationState> AtTheListener => Cases(AssociationState.AwaitingAssociateRq, AssociationState.Established, AssociationState.AwaitingClose);

    public static TheoryData<AssociationEvent, AssociationState> AtTheClient =>
        Cases(AssociationState.AwaitingAssociateResponse, AssociationState.AwaitingReleaseRp, AssociationState.CollisionRequestorAwaitingRp);

    private static TheoryData<AssociationEvent, AssociationState> Cases(params AssociationState[] states)
    {
        var cases = new TheoryData<AssociationEvent, AssociationState>();
        foreach (var state in states)
            foreach (var @event in Pdus.Keys) cases.Add(@event, state);
        return cases;
    }

    [Theory]
    [MemberData(nameof(AtTheListener))]
    public async Task Listener_AnyPdu_DoesWhatTheTableSays(AssociationEvent @event, AssociationState state)
    {
        var action = StateTable.Action(@event, state);
        using var server = new TestServer(options: IsEndedByATimer(action) ? new AssociationListenerOptions { ArtimTimeout = Short, IdleTimeout = Short } : null);
        using (var peer = server.Connect())
        {
            if (state != AssociationState.AwaitingAssociateRq) peer.Associate();
            if (state == AssociationState.AwaitingClose) peer.Send(new AReleaseRq()).Expect<AReleaseRp>();

            Expect(peer.Send(Pdus[@event]), action);
        }
        await server.ExpectSoundAsync();
    }

    [Theory]
    [MemberData(nameof(AtTheClient))]
    public async Task Client_AnyPdu_DoesWhatTheTableSays(AssociationEvent @event, AssociationState state)
    {
        var action = StateTable.Action(@event, state);
        using var listening = ScriptedPeer.Listen();
        var acting = Task.Run(() =>
        {
            using var client = ClientAssociation.Connect(new ClientAssociationOptions
            {
                Host = "127.0.0.1",
                Port = ((IPEndPoint)listening.LocalEndPoint!).Port,
                CalledAeTitle = "ANY",
                CallingAeTitle = "CLIENT",
                Contexts = [new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian)],
                ArtimTimeout = IsEndedByATimer(action) ? Short : TimeSpan.FromSeconds(30),
            });
            client.Release();
        });
        using var peer = ScriptedPeer.Accept(listening);
        peer.Expect<AAssociateRq>();
        if (state != AssociationState.AwaitingAssociateResponse) peer.Send(GoldenPdus.AssociateAc).Expect<AReleaseRq>();
        if (state == AssociationState.CollisionRequestorAwaitingRp) peer.Send(new AReleaseRq()).Expect<AReleaseRp>();

        Expect(peer.Send(Pdus[@event]), action);
        peer.Dispose();
        await Record.ExceptionAsync(() => acting);
        if (acting.IsFaulted) Assert.IsAssignableFrom<AssociationException>(acting.Exception!.InnerException);
    }

    private static bool IsEndedByATimer(AssociationAction action) => action is AssociationAction.DT2 or AssociationAction.AR6 or AssociationAction.AA6;

    private static void Expect(ScriptedPeer peer, AssociationAction action)
    {
        switch (action)
        {
            case AssociationAction.AA1: Assert.Equal(AbortSource.ServiceUser, peer.Expect<AAbort>().Source); break;
            case AssociationAction.AA7 or AssociationAction.AA8: Assert.Equal(AbortSource.ServiceProvider, peer.Expect<AAbort>().Source); break;
            case AssociationAction.AE6: peer.Expect<AAssociateAc>(); break;
            case AssociationAction.AE3: peer.Expect<AReleaseRq>(); break;
            case AssociationAction.AR2: peer.Expect<AReleaseRp>(); break;
            case AssociationAction.AR8: peer.Expect<AReleaseRp>(); break;
            // Taken as data, for which there is nothing to say; then a timer ends what nobody goes on with.
            case AssociationAction.DT2 or AssociationAction.AR6: peer.Expect<AAbort>(); break;
            // Closed, or ignored until the peer closes: nothing is sent.
            case AssociationAction.AA2 or AssociationAction.AA3 or AssociationAction.AA6 or AssociationAction.AE4 or AssociationAction.AR3: peer.ExpectClose(); break;
            default: throw new InvalidOperationException($"{action} is not expected of a peer's PDU.");
        }
    }
}
