using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Tests.UpperLayer;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit;
using Pacs.TestKit.Net;

namespace Pacs.Dicom.Tests.Net;

/// <summary>Peers that do what PS3.8 does not allow: each gets what the state table says, and the server goes on.</summary>
public sealed class HostilePeerTests
{
    // Only where a timer is what is to end it, and long enough for what comes before that on a busy machine.
    private static readonly AssociationListenerOptions Impatient = new()
    {
        ArtimTimeout = TimeSpan.FromSeconds(2),
        IdleTimeout = TimeSpan.FromSeconds(2),
        NetworkTimeout = TimeSpan.FromMilliseconds(300),
    };

    private static byte[] Data(byte context, bool isCommand, bool isLast, params byte[] data) => ScriptedMessages.Data(context, isCommand, isLast, data);

    private static byte[] StoreCommand(byte context)
    {
        var command = CommandSet.StoreRequest(Uids.CTImageStorage, "1.2.3");
        command.MessageId = 1;
        command.HasDataset = true;
        return ScriptedMessages.Command(context, command);
    }

    [Fact]
    public async Task PortScan_ConnectAndClose_LeavesNothing()
    {
        using var server = new TestServer();
        for (var i = 0; i < 100; i++) server.Connect().Dispose();
        for (var i = 0; i < 20; i++) server.Connect().Reset();

        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task Trickle_ByteByByteWithinADataset_IsAborted()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect().Associate(CtRequest);
        peer.Send(StoreCommand(1));
        using var isOver = new CancellationTokenSource();
        var trickle = Task.Run(() =>
        {
            // Each byte comes well within the network timeout.
            for (var value = Data(1, isCommand: false, isLast: false, 8, 0); !isOver.IsCancellationRequested; isOver.Token.WaitHandle.WaitOne(20)) peer.Send(value);
        });
        peer.Expect<AAbort>();
        await isOver.CancelAsync();
        await Task.WhenAny(trickle);
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task HalfOpen_NothingSent_IsClosedByArtim()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect();

        peer.ExpectClose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task HalfOpen_ByteByByte_IsClosedByArtimAllTheSame()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect();
        peer.Send(0x01).Send(0x00).Send(0x00);

        peer.ExpectClose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task Garbage_BeforeAssociation_IsAborted()
    {
        using var server = new TestServer();
        using var peer = server.Connect();
        peer.Send("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        Assert.Equal(AbortSource.ServiceUser, peer.Expect<AAbort>().Source);
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task Garbage_WithinAssociation_IsAborted()
    {
        using var server = new TestServer();
        using var peer = server.Connect().Associate();
        peer.Send(0xFF, 0xFF);

        Assert.Equal(new AAbort(AbortSource.ServiceProvider, AbortReason.UnrecognizedPdu), peer.Expect<AAbort>());
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    /// <summary>A whole C-STORE in two P-DATA-TFs.</summary>
    private static byte[] Store { get; } = [.. StoreCommand(1), .. Data(1, isCommand: false, isLast: true, 8, 0, 5, 0, 0, 0, 0, 0)];

    [Fact]
    public async Task TruncatedAtEveryByte_ThenClosed_LeavesNothing()
    {
        using var server = new TestServer();
        for (var length = 1; length < GoldenPdus.AssociateRq.Length; length++)
        {
            using var peer = server.Connect();
            peer.Send(GoldenPdus.AssociateRq[..length]).CloseSending();
            peer.ExpectClose();
        }
        for (var length = 1; length < Store.Length; length++)
        {
            using var peer = server.Connect().Associate(CtRequest);
            peer.Send(Store[..length]).CloseSending();
            peer.ExpectClose();
        }

        await server.ExpectSoundAsync();
        Assert.Empty(server.Service.Stored);
    }

    [Fact]
    public async Task TruncatedAtEveryByte_ThenSilence_IsEndedByTheTimers()
    {
        using var server = new TestServer(options: Impatient with { MaxUnassociated = 1000, MaxAssociations = 1000 });
        var peers = new List<ScriptedPeer>();
        for (var length = 0; length < GoldenPdus.AssociateRq.Length; length += 3) peers.Add(server.Connect().Send(GoldenPdus.AssociateRq[..length]));
        foreach (var peer in peers) peer.ExpectClose();
        peers.ForEach(p => p.Dispose());
        peers.Clear();
        for (var length = 1; length < Store.Length; length += 3) peers.Add(server.Connect().Associate(CtRequest).Send(Store[..length]));
        foreach (var peer in peers) peer.Expect<AAbort>();
        peers.ForEach(p => p.Dispose());

        await server.ExpectSoundAsync();
        Assert.Empty(server.Service.Stored);
    }

    [Fact]
    public async Task AnyByteWrong_InARequest_LeavesNothing()
    {
        using var server = new TestServer();
        foreach (var bytes in Lies(GoldenPdus.AssociateRq))
        {
            using var peer = server.Connect();
            peer.Send(bytes).CloseSending();
            peer.ExpectEnd();
        }

        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task AnyByteWrong_InAMessage_LeavesNothing()
    {
        using var server = new TestServer();
        foreach (var bytes in Lies(Store))
        {
            using var peer = server.Connect().Associate(CtRequest);
            peer.Send(bytes).CloseSending();
            peer.ExpectEnd();
        }

        await server.ExpectSoundAsync();
    }

    /// <summary>Each byte, lengths and types among them, told as something else.</summary>
    private static IEnumerable<byte[]> Lies(byte[] golden)
    {
        for (var at = 0; at < golden.Length; at++)
        {
            foreach (var value in (byte[])[0x00, 0x01, 0x7F, 0xFF])
            {
                var bytes = (byte[])golden.Clone();
                bytes[at] = value;
                yield return bytes;
            }
        }
    }

    [Fact]
    public async Task Silence_OfMoreThanAllowed_MakesTheOldestGo()
    {
        using var server = new TestServer(options: new AssociationListenerOptions { MaxUnassociated = 4, MaxAssociations = 1 });
        var silent = Enumerable.Range(0, 10).Select(_ => server.Connect()).ToList();
        using (var client = server.Associate()) Assert.True(client.Echo().IsSuccess);

        // Seven: six to make room for the others of the ten, one for the association when it was still a connection.
        foreach (var peer in silent.Take(7)) peer.ExpectClose();
        foreach (var peer in silent) peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task SlowReader_OfObjects_IsAborted()
    {
        using var server = new TestServer(new TestService
        {
            Instead = r => r.Store(new StoreOperation(r.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, "1.2", new MemoryStream(new byte[64 * 1024 * 1024]))),
        }, Impatient with { IdleTimeout = TimeSpan.FromMinutes(1) });
        var request = CtRequest with
        {
            PresentationContexts = [.. CtRequest.PresentationContexts, new PresentationContextProposal(3, Uids.StudyRootQueryRetrieveInformationModelGet, [Uids.ImplicitVRLittleEndian])],
            UserInformation = new UserInformation { RoleSelections = [new RoleSelection(Uids.CTImageStorage, true, true)] },
        };
        using var peer = server.Connect().Associate(request);
        peer.Send(3, CommandSet.GetRequest(Uids.StudyRootQueryRetrieveInformationModelGet), 1);

        await Eventually.TrueAsync(() =>
        {
            peer.TryReceiveByte();
            return server.Listener.ActiveAssociations == 0;
        });
    }

    [Fact]
    public async Task TruncatedPData_ThenSilence_TimesOut()
    {
        using var server = new TestServer(options: Impatient with { IdleTimeout = TimeSpan.FromMinutes(1) });
        using var peer = server.Connect().Associate(CtRequest);
        peer.Send(StoreCommand(1)).Send(0x04, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00);

        peer.Expect<AAbort>();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task Idle_TooLong_IsAborted()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect().Associate();

        peer.Expect<AAbort>();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task PduLongerThanNegotiated_IsAbortedByItsHeader()
    {
        using var server = new TestServer(options: new AssociationListenerOptions { MaxReceivePduLength = 4096 });
        using var peer = server.Connect().Associate();
        peer.Send(GoldenPdus.Hex("04 00 00001001"));

        Assert.Equal(new AAbort(AbortSource.ServiceProvider, AbortReason.InvalidPduParameterValue), peer.Expect<AAbort>());
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task ContextThatWasNotAccepted_IsAborted()
    {
        using var server = new TestServer();
        using var peer = server.Connect().Associate();
        peer.Send(Data(5, isCommand: true, isLast: true, 0));

        Assert.Equal(AbortReason.InvalidPduParameterValue, peer.Expect<AAbort>().Reason);
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task DataBeforeAssociation_IsAborted()
    {
        using var server = new TestServer();
        using var peer = server.Connect();
        peer.Send(Data(1, isCommand: true, isLast: true, 0));

        Assert.Equal(AbortSource.ServiceUser, peer.Expect<AAbort>().Source);
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Theory]
    [InlineData(nameof(GoldenPdus.AssociateRq))]
    [InlineData(nameof(GoldenPdus.AssociateAc))]
    [InlineData(nameof(GoldenPdus.AssociateRj))]
    [InlineData(nameof(GoldenPdus.ReleaseRp))]
    public async Task UnexpectedPdu_WithinAssociation_IsAborted(string name)
    {
        using var server = new TestServer();
        using var peer = server.Connect().Associate();
        peer.Send((byte[])typeof(GoldenPdus).GetProperty(name)!.GetValue(null)!);

        Assert.Equal(new AAbort(AbortSource.ServiceProvider, AbortReason.UnexpectedPdu), peer.Expect<AAbort>());
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task DatasetWithoutCommand_IsAborted()
    {
        using var server = new TestServer();
        using var peer = server.Connect().Associate();
        peer.Send(Data(1, isCommand: false, isLast: true, 0, 0));

        Assert.Equal(AbortReason.UnexpectedPduParameter, peer.Expect<AAbort>().Reason);
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task CommandThatIsNone_IsAborted()
    {
        using var server = new TestServer();
        using var peer = server.Connect().Associate();
        peer.Send(Data(1, isCommand: true, isLast: true, 1, 2, 3));

        Assert.Equal(AbortReason.InvalidPduParameterValue, peer.Expect<AAbort>().Reason);
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task ReleaseWithinADataset_IsAborted()
    {
        using var server = new TestServer();
        using var peer = server.Connect().Associate(CtRequest);
        peer.Send(StoreCommand(1)).Send(new AReleaseRq());

        peer.Expect<AAbort>();
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task AbortOrReset_WithinADataset_LeavesNothing()
    {
        using var server = new TestServer();
        using (var peer = server.Connect().Associate(CtRequest)) peer.Send(StoreCommand(1)).Send(new AAbort(AbortSource.ServiceUser, AbortReason.NotSpecified)).ExpectClose();
        using (var peer = server.Connect().Associate(CtRequest)) peer.Send(StoreCommand(1)).Reset();

        await server.ExpectSoundAsync();
        Assert.Empty(server.Service.Stored);
    }

    [Fact]
    public async Task RefusedDatasetWithoutEnd_IsAborted()
    {
        var service = new TestService { Before = r => r.Respond(DimseStatus.OutOfResources) };
        using var server = new TestServer(service, new AssociationListenerOptions { MaxSkippedLength = 100_000 });
        using var peer = server.Connect().Associate(CtRequest);
        peer.Send(StoreCommand(1));
        for (var i = 0; i < 11; i++) peer.Send(Data(1, isCommand: false, isLast: false, new byte[10_000]));

        peer.Expect<AAbort>();
        peer.Dispose();
        await Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
    }

    [Fact]
    public async Task ReleaseRequestUnanswered_ByThePeersClose_IsClosedByArtim()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect().Associate();
        peer.Send(new AReleaseRq()).Expect<AReleaseRp>();

        peer.ExpectClose();
        await server.ExpectSoundAsync();
    }

    internal static AAssociateRq CtRequest { get; } = ScriptedPeer.VerificationRequest with
    {
        PresentationContexts = [new PresentationContextProposal(1, Uids.CTImageStorage, [Uids.ImplicitVRLittleEndian])],
    };
}
