using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dicom.Tests.Net;

/// <summary>Associations over TLS: with our own client, with DCMTK at either end, and with peers that do not mean it.</summary>
public sealed class TlsTests : IDisposable
{
    private static readonly ProposedContext Ct = new(Uids.CTImageStorage, Uids.ExplicitVRLittleEndian);
    private static readonly ProposedContext Find = new(Uids.StudyRootQueryRetrieveInformationModelFind, Uids.ExplicitVRLittleEndian);

    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    private sealed class Policy : IAssociationPolicy
    {
        public string? Subject { get; private set; }

        public AssociationDecision Decide(AssociationRequest request)
        {
            Subject = request.PeerCertificate?.Subject;
            return AssociationDecision.Accept;
        }
    }

    private TestServer Start(TestService? service = null, IAssociationPolicy? policy = null, bool isClientCertificateRequired = true) =>
        new(service, new AssociationListenerOptions { Tls = () => _certificates.ServerOptions(isClientCertificateRequired), ArtimTimeout = TimeSpan.FromSeconds(20) }, policy);

    private ClientAssociation Associate(TestServer server, params IReadOnlyList<ProposedContext> contexts) =>
        ClientAssociation.Connect(server.Options(contexts) with { Tls = () => _certificates.ClientOptions() });

    [Theory]
    [InlineData(SslProtocols.None)]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void Store_OverTls_ArrivesWholeAndThePolicySeesTheCertificate(SslProtocols protocols)
    {
        var policy = new Policy();
        using var server = Start(policy: policy);
        var bytes = new byte[3_000_000];
        Random.Shared.NextBytes(bytes);

        using (var client = ClientAssociation.Connect(server.Options(Ct) with
        {
            Tls = () =>
            {
                var options = _certificates.ClientOptions();
                options.EnabledSslProtocols = protocols;
                return options;
            },
        }))
        {
            for (var i = 0; i < 3; i++)
                Assert.True(client.Store(new StoreOperation(client.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, $"1.{i}", new MemoryStream(bytes))).Status.IsSuccess);
            client.Release();
        }

        Assert.Equal("CN=modality", policy.Subject);
        Assert.All(server.Service.Stored.Values, stored => Assert.True(stored.AsSpan().SequenceEqual(bytes)));
    }

    [Fact]
    public void Find_CancelledOverTls_IsNoticedWhileAnswersAreSent()
    {
        using var server = Start(new TestService
        {
            Before = r =>
            {
                if (r.Command.Command != CommandField.CFindRq) return;
                r.ReadDataset();
                while (!r.IsCancelRequested) r.Respond(r.Command.Response(DimseStatus.Pending), new DicomDataset().Set(Tags.PatientID, "1"));
            },
        });
        using var client = Associate(server, Find);

        var responses = client.Find(Uids.StudyRootQueryRetrieveInformationModelFind, new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY")).Take(500).Count();

        Assert.Equal(500, responses);
        client.Release();
    }

    [Fact]
    public async Task Connect_WithoutTheCertificateAskedFor_IsNoAssociation()
    {
        using var server = Start();

        Assert.ThrowsAny<AssociationException>(() =>
        {
            using var client = ClientAssociation.Connect(server.Options() with { Tls = () => _certificates.ClientOptions(hasCertificate: false) });
            client.Echo();
        });
        await Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
        using var good = Associate(server);
        Assert.True(good.Echo().IsSuccess);
    }

    [Fact]
    public void Connect_WithoutACertificateWhereNoneIsAskedFor_IsAccepted()
    {
        var policy = new Policy();
        using var server = Start(policy: policy, isClientCertificateRequired: false);
        using var client = ClientAssociation.Connect(server.Options() with { Tls = () => _certificates.ClientOptions(hasCertificate: false) });

        Assert.True(client.Echo().IsSuccess);
        Assert.Null(policy.Subject);
    }

    [Fact]
    public void Connect_ToAServerOfAnotherAuthority_IsASecurityException()
    {
        using var server = Start();
        using var others = new TestCertificates("Another Authority");

        Assert.Throws<AssociationSecurityException>(() => ClientAssociation.Connect(server.Options() with { Tls = () => others.ClientOptions() }));
    }

    [Fact]
    public void Connect_ToAServerWithoutTls_EndsInAnError()
    {
        using var server = new TestServer();

        Assert.ThrowsAny<AssociationException>(() => ClientAssociation.Connect(server.Options() with { Tls = () => _certificates.ClientOptions() }));
    }

    [Fact]
    public void Connect_OptionsThatCannotBeMade_AreASecurityException()
    {
        using var server = Start();

        var e = Assert.Throws<AssociationSecurityException>(() =>
            ClientAssociation.Connect(server.Options() with { Tls = () => throw new FileNotFoundException("No such certificate.") }));
        Assert.Contains("No such certificate", e.Message);
    }

    [Fact]
    public async Task Stop_WithAnIdleTlsAssociation_EndsIt()
    {
        var server = Start();
        using var client = Associate(server);

        await Task.Run(() => server.Listener.Stop(TimeSpan.FromSeconds(20)));

        Assert.Equal(0, server.Listener.ActiveAssociations);
        Assert.ThrowsAny<AssociationException>(() => client.Echo());
    }

    [Fact]
    public async Task HalfOpenTls_AtEveryStage_GoesAwayAndTheServerServes()
    {
        using var server = new TestServer(options: new AssociationListenerOptions { Tls = () => _certificates.ServerOptions(), ArtimTimeout = TimeSpan.FromSeconds(3) });
        using (var silent = server.Connect()) silent.ExpectClose();
        using (var header = server.Connect()) header.Send(0x16, 0x03, 0x01, 0x02, 0x00).ExpectClose();
        using (var plain = server.Connect()) plain.Send(ScriptedPeer.VerificationRequest).ExpectEnd();
        using (var scan = server.Connect()) scan.Reset();
        for (var length = 1; length < ClientHello.Length; length += 7)
        {
            using var peer = server.Connect();
            peer.Send(ClientHello[..length]).CloseSending();
            peer.ExpectEnd();
        }
        await using (var secured = await HandshakeAsync(server))
        {
            // Secured, then nothing: the same timer.
            Assert.Equal(0, await secured.ReadAsync(new byte[1]));
        }

        await Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
        using var client = ClientAssociation.Connect(server.Options() with { Tls = () => _certificates.ClientOptions() });
        Assert.True(client.Echo().IsSuccess);
    }

    [Fact]
    public async Task EchoScuAndStoreScu_WithTls_Succeed()
    {
        var policy = new Policy();
        using var server = Start(policy: policy);
        using var folder = new TemporaryFolder();
        var sample = SampleObjects.Ct(new SampleOptions { Rows = 512, Columns = 512 });

        (await Dcmtk.EchoScuAsync(server.Address, _certificates.DcmtkClient)).EnsureSucceeded();
        (await Dcmtk.EchoScuAsync(server.Address, [.. _certificates.DcmtkClient, "+pz"])).EnsureSucceeded();
        (await Dcmtk.StoreScuAsync(server.Address, [sample.WriteTo(folder.Path)], [.. _certificates.DcmtkClient, "-xe", "-R"])).EnsureSucceeded();

        Assert.Equal("CN=modality", policy.Subject);
        Assert.True(sample.ToDatasetBytes().AsSpan().SequenceEqual(server.Service.Stored[sample.SopInstanceUid]));
        await Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
    }

    [Fact]
    public async Task EchoScu_WithoutTls_IsNoAssociation()
    {
        using var server = Start();

        Assert.NotEqual(0, (await Dcmtk.EchoScuAsync(server.Address)).ExitCode);
        await Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
    }

    [Fact]
    public async Task Client_StoreScpWithTls_GetsEveryByte()
    {
        await using var scp = await StoreScp.StartAsync("STORESCP", _certificates.DcmtkServer);
        var sample = SampleObjects.Ct(new SampleOptions { Rows = 512, Columns = 512 });
        using (var client = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = scp.Address.Host,
            Port = scp.Address.Port,
            CalledAeTitle = scp.Address.AeTitle,
            CallingAeTitle = "CLIENT",
            Contexts = [new ProposedContext(sample.SopClassUid, sample.TransferSyntax.Uid)],
            Tls = () => _certificates.ClientOptions(),
        }))
        {
            Assert.True(client.Store(new StoreOperation(client.FindContexts(sample.SopClassUid)[0], sample.SopClassUid, sample.SopInstanceUid, new MemoryStream(sample.ToDatasetBytes()))).Status.IsSuccess);
            client.Release();
        }

        Assert.True((await File.ReadAllBytesAsync(Assert.Single(scp.Files))).AsSpan().EndsWith(sample.ToDatasetBytes()));
    }

    private async Task<SslStream> HandshakeAsync(TestServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Listener.LocalEndPoint.Port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(_certificates.ClientOptions());
        return stream;
    }

    /// <summary>The beginning of a handshake, as any TLS client would send it, recorded from one.</summary>
    private static byte[] ClientHello { get; } = RecordClientHello();

    private static byte[] RecordClientHello()
    {
        using var listening = ScriptedPeer.Listen();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listening.LocalEndPoint!);
        using var accepted = listening.Accept();
        using var stream = new SslStream(new NetworkStream(socket));
        var handshake = stream.AuthenticateAsClientAsync("localhost");
        var buffer = new byte[4096];
        var length = accepted.Receive(buffer);
        accepted.Dispose();
        Assert.ThrowsAny<Exception>(() => handshake.Wait(Eventually.Patience));
        return buffer[..length];
    }
}
