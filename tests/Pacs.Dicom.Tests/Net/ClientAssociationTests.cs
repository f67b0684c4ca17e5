using System.Net;
using System.Net.Sockets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;

namespace Pacs.Dicom.Tests.Net;

/// <summary>The client against servers that do as a test says.</summary>
public sealed class ClientAssociationTests : IDisposable
{
    private readonly Socket _listening = ScriptedPeer.Listen();

    private ClientAssociationOptions Options => new()
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)_listening.LocalEndPoint!).Port,
        CalledAeTitle = "ANY",
        CallingAeTitle = "CLIENT",
        Contexts = [new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian)],
    };

    private static AAssociateAc Acceptance { get; } = new()
    {
        CalledAeTitle = "ANY",
        CallingAeTitle = "CLIENT",
        PresentationContexts = [new PresentationContextResult(1, PresentationContextReason.Acceptance, Uids.ImplicitVRLittleEndian)],
    };

    public void Dispose() => _listening.Dispose();

    private async Task<(ClientAssociation Client, ScriptedPeer Peer)> AssociateAsync(ClientAssociationOptions? options = null, CancellationToken cancellation = default)
    {
        var connecting = Task.Run(() => ClientAssociation.Connect(options ?? Options, cancellation), CancellationToken.None);
        var peer = ScriptedPeer.Accept(_listening);
        peer.Expect<AAssociateRq>();
        peer.Send(Acceptance);
        return (await connecting, peer);
    }

    [Fact]
    public void Connect_NobodyListens_SaysSo()
    {
        Assert.Contains("ConnectionRefused", Assert.Throws<AssociationClosedException>(() => ClientAssociation.Connect(Options with { Port = FreePort.Next() })).Message);
    }

    [Fact]
    public void Connect_UnknownHost_IsTyped() =>
        Assert.Throws<AssociationClosedException>(() => ClientAssociation.Connect(Options with { Host = "no-such-host.invalid" }));

    [Fact]
    public void Connect_NoAnswer_TimesOut() =>
        Assert.Throws<AssociationTimeoutException>(() => ClientAssociation.Connect(Options with { ArtimTimeout = TimeSpan.FromMilliseconds(300) }));

    [Fact]
    public async Task Connect_GarbageForAnAnswer_IsAViolation()
    {
        var connecting = Task.Run(() => ClientAssociation.Connect(Options));
        using var peer = ScriptedPeer.Accept(_listening);
        peer.Expect<AAssociateRq>();
        peer.Send("SSH-2.0-OpenSSH\r\n"u8.ToArray());

        peer.Expect<AAbort>();
        peer.Dispose();
        await Assert.ThrowsAsync<AssociationProtocolException>(() => connecting);
    }

    [Fact]
    public async Task Connect_Abort_IsTyped()
    {
        var connecting = Task.Run(() => ClientAssociation.Connect(Options));
        using var peer = ScriptedPeer.Accept(_listening);
        peer.Expect<AAssociateRq>();
        peer.Send(new AAbort(AbortSource.ServiceProvider, AbortReason.NotSpecified));

        Assert.Equal(AbortSource.ServiceProvider, (await Assert.ThrowsAsync<AssociationAbortedException>(() => connecting)).AbortSource);
    }

    [Fact]
    public async Task Echo_NoResponse_TimesOutAndAborts()
    {
        var (client, peer) = await AssociateAsync(Options with { ResponseTimeout = TimeSpan.FromMilliseconds(300) });
        using (client) Assert.Throws<AssociationTimeoutException>(() => client.Echo());

        peer.Expect<PDataTf>();
        peer.Expect<AAbort>();
        peer.Dispose();
    }

    [Fact]
    public async Task Echo_Cancelled_IsACancellation()
    {
        using var cancellation = new CancellationTokenSource();
        var (client, peer) = await AssociateAsync(cancellation: cancellation.Token);
        var echo = Task.Run(client.Echo);
        peer.Expect<PDataTf>();

        cancellation.Cancel();

        await Assert.ThrowsAsync<OperationCanceledException>(() => echo);
        client.Dispose();
        peer.Dispose();
    }

    [Fact]
    public async Task Echo_ConnectionLost_IsTyped()
    {
        var (client, peer) = await AssociateAsync();
        peer.Reset();

        using (client) Assert.Throws<AssociationClosedException>(() => client.Echo());
    }

    [Fact]
    public async Task Release_InOrder_IsAnswered()
    {
        var (client, peer) = await AssociateAsync();
        var releasing = Task.Run(client.Release);
        peer.Expect<AReleaseRq>();
        peer.Send(new AReleaseRp()).ExpectClose();

        await releasing;
        Assert.Throws<AssociationClosedException>(() => client.Release());
        client.Dispose();
        peer.Dispose();
    }

    [Fact]
    public async Task Release_Collision_IsResolvedAsTheStandardSays()
    {
        var (client, peer) = await AssociateAsync();
        var releasing = Task.Run(client.Release);
        peer.Expect<AReleaseRq>();
        peer.Send(new AReleaseRq()).Expect<AReleaseRp>();
        peer.Send(new AReleaseRp()).ExpectClose();

        await releasing;
        client.Dispose();
        peer.Dispose();
    }

    [Fact]
    public async Task Dispose_PeerIsSilent_EndsInTime()
    {
        var (client, peer) = await AssociateAsync(Options with { ArtimTimeout = TimeSpan.FromSeconds(2) });

        client.Dispose();

        peer.Expect<AReleaseRq>();
        peer.Expect<AAbort>();
        peer.Dispose();
    }

    [Fact]
    public void Connect_NoContexts_IsAnArgumentError() =>
        Assert.Throws<ArgumentException>(() => ClientAssociation.Connect(Options with { Contexts = [] }));
}
