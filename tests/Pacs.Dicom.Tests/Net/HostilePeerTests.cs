using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Tests.UpperLayer;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Net;

namespace Pacs.Dicom.Tests.Net;

/// <summary>Peers that do what PS3.8 does not allow: each gets what the state table says, and the server goes on.</summary>
public sealed class HostilePeerTests
{
    private static readonly AssociationListenerOptions Impatient = new()
    {
        ArtimTimeout = TimeSpan.FromMilliseconds(300),
        IdleTimeout = TimeSpan.FromMilliseconds(300),
        NetworkTimeout = TimeSpan.FromMilliseconds(300),
    };

    private static byte[] Data(byte context, bool isCommand, bool isLast, params byte[] data) =>
        PduWriter.ToArray(new PDataTf(new PresentationDataValue(context, isCommand, isLast, data)));

    private static byte[] StoreCommand(byte context)
    {
        var command = CommandSet.StoreRequest(Uids.CTImageStorage, "1.2.3");
        command.MessageId = 1;
        command.HasDataset = true;
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        command.Write(output);
        return Data(context, isCommand: true, isLast: true, output.WrittenSpan.ToArray());
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
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect();
        peer.Send("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        Assert.Equal(AbortSource.ServiceUser, peer.Expect<AAbort>().Source);
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task Garbage_WithinAssociation_IsAborted()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect().Associate();
        peer.Send(0xFF, 0xFF);

        Assert.Equal(new AAbort(AbortSource.ServiceProvider, AbortReason.UnrecognizedPdu), peer.Expect<AAbort>());
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task TruncatedAtEveryByte_ThenClosed_LeavesNothing()
    {
        using var server = new TestServer();
        var request = PduWriter.ToArray(ScriptedPeer.VerificationRequest);
        for (var length = 1; length < request.Length; length += 3)
        {
            using var peer = server.Connect();
            peer.Send(request[..length]).CloseSending();
            peer.ExpectClose();
        }

        await server.ExpectSoundAsync();
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
        using var server = new TestServer(options: Impatient with { MaxReceivePduLength = 4096 });
        using var peer = server.Connect().Associate();
        peer.Send(GoldenPdus.Hex("04 00 00001001"));

        Assert.Equal(new AAbort(AbortSource.ServiceProvider, AbortReason.InvalidPduParameterValue), peer.Expect<AAbort>());
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task ContextThatWasNotAccepted_IsAborted()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect().Associate();
        peer.Send(Data(5, isCommand: true, isLast: true, 0));

        Assert.Equal(AbortReason.InvalidPduParameterValue, peer.Expect<AAbort>().Reason);
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task DataBeforeAssociation_IsAborted()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect();
        peer.Send(Data(1, isCommand: true, isLast: true, 0));

        Assert.Equal(AbortSource.ServiceUser, peer.Expect<AAbort>().Source);
        await server.ExpectSoundAsync();
    }

    [Theory]
    [InlineData(nameof(GoldenPdus.AssociateRq))]
    [InlineData(nameof(GoldenPdus.AssociateAc))]
    [InlineData(nameof(GoldenPdus.AssociateRj))]
    [InlineData(nameof(GoldenPdus.ReleaseRp))]
    public async Task UnexpectedPdu_WithinAssociation_IsAborted(string name)
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect().Associate();
        peer.Send((byte[])typeof(GoldenPdus).GetProperty(name)!.GetValue(null)!);

        Assert.Equal(new AAbort(AbortSource.ServiceProvider, AbortReason.UnexpectedPdu), peer.Expect<AAbort>());
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task DatasetWithoutCommand_IsAborted()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect().Associate();
        peer.Send(Data(1, isCommand: false, isLast: true, 0, 0));

        Assert.Equal(AbortReason.UnexpectedPduParameter, peer.Expect<AAbort>().Reason);
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task CommandThatIsNone_IsAborted()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect().Associate();
        peer.Send(Data(1, isCommand: true, isLast: true, 1, 2, 3));

        Assert.Equal(AbortReason.InvalidPduParameterValue, peer.Expect<AAbort>().Reason);
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task ReleaseWithinADataset_IsAborted()
    {
        using var server = new TestServer(options: Impatient);
        using var peer = server.Connect().Associate(CtRequest);
        peer.Send(StoreCommand(1)).Send(new AReleaseRq());

        peer.Expect<AAbort>();
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
        using var server = new TestServer(service, Impatient with { MaxSkippedLength = 100_000 });
        using var peer = server.Connect().Associate(CtRequest);
        peer.Send(StoreCommand(1));
        for (var i = 0; i < 11; i++) peer.Send(Data(1, isCommand: false, isLast: false, new byte[10_000]));

        peer.Expect<AAbort>();
        peer.Dispose();
        await TestKit.Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
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
