using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Access;
using Pacs.Storage.Peers;
using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;

namespace Pacs.Dimse.Tests.Access;

public sealed class TlsListenerTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly TestCertificates _strangers = new("Another Authority");

    public void Dispose()
    {
        _certificates.Dispose();
        _strangers.Dispose();
    }

    [Fact]
    public async Task Required_OnlyCallersWithAGoodCertificate_GetIn()
    {
        await using var server = await StartAsync("RequiredClientCertificate");
        (await Dcmtk.EchoScuAsync(server.Address, _certificates.DcmtkClient)).EnsureSucceeded();
        Assert.False((await Dcmtk.EchoScuAsync(server.Address, "+tla", "-ic")).Succeeded);
        Assert.False((await Dcmtk.EchoScuAsync(server.Address)).Succeeded);
        Assert.Null(server.Call().With(_certificates.ClientOptions()).Try());
        Assert.ThrowsAny<AssociationException>(() => server.Call().With(_certificates.ClientOptions(hasCertificate: false)).Try());
        Assert.ThrowsAny<AssociationException>(() => server.Call().With(WithCertificateOf(_strangers)).Try());
        Assert.Null(server.Call().With(_certificates.ClientOptions()).Try());
    }

    [Fact]
    public async Task Optional_CallersWithoutACertificateGetIn_ThoseWithABadOneDoNot()
    {
        await using var server = await StartAsync("OptionalClientCertificate");
        (await Dcmtk.EchoScuAsync(server.Address, _certificates.DcmtkClient)).EnsureSucceeded();
        (await Dcmtk.EchoScuAsync(server.Address, "+tla", "+cf", _certificates.AuthorityFile)).EnsureSucceeded();
        Assert.ThrowsAny<AssociationException>(() => server.Call().With(WithCertificateOf(_strangers)).Try());
    }

    [Fact]
    public async Task Server_NobodyIsAskedForACertificate()
    {
        await using var server = await StartAsync("Server");
        (await Dcmtk.EchoScuAsync(server.Address, "+tla", "+cf", _certificates.AuthorityFile)).EnsureSucceeded();
        Assert.Null(server.Call().With(_certificates.ClientOptions(hasCertificate: false)).Try());
    }

    [Fact]
    public async Task Rule_ByTlsSubject_DecidesByTheVerifiedCertificate()
    {
        await using var server = await StartAsync("OptionalClientCertificate");
        await server.Get<AccessRuleStore>().PutAsync(new() { Position = 1, TlsSubjects = ["modality"] }, default);
        await server.Get<AccessRuleStore>().PutAsync(new() { Position = 2, Action = AccessAction.Deny, TlsSubjects = ["CN=*"] }, default);
        await server.Get<AccessRuleStore>().PutAsync(new() { Position = 3, Action = AccessAction.Deny }, default);
        Assert.Null(server.Call().With(_certificates.ClientOptions()).Try());
        var (other, _, _) = _certificates.Make("other", "workstation");
        var options = _certificates.ClientOptions();
        options.ClientCertificateContext = SslStreamCertificateContext.Create(other, null, offline: true);
        Assert.Equal(Rejection.NoReasonGiven, server.Call().With(options).Try());
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, server.Call().With(_certificates.ClientOptions(hasCertificate: false)).Try());
    }

    [Fact]
    public async Task Files_Renewed_AreInForceForTheNextConnectionAndBrokenOnesAreNot()
    {
        await using var server = await StartAsync("Server");
        Assert.Equal(_certificates.Server.Thumbprint, Shown(server));
        var (renewed, file, keyFile) = _certificates.Make("renewed", "localhost");

        // The certificate before its key: for a moment they do not fit, and the former ones stay.
        File.Copy(file, _certificates.ServerFile, overwrite: true);
        Assert.Equal(_certificates.Server.Thumbprint, Shown(server));
        File.Copy(keyFile, _certificates.ServerKeyFile, overwrite: true);
        Assert.Equal(renewed.Thumbprint, Shown(server));
        await File.WriteAllTextAsync(_certificates.ServerFile, "no certificate");
        Assert.Equal(renewed.Thumbprint, Shown(server));
        File.Delete(_certificates.ServerFile);
        Assert.Equal(renewed.Thumbprint, Shown(server));
    }

    [Fact]
    public async Task Authorities_Exchanged_AreInForceForTheNextConnection()
    {
        await using var server = await StartAsync("RequiredClientCertificate");
        Assert.ThrowsAny<AssociationException>(() => server.Call().With(WithCertificateOf(_strangers)).Try());
        await File.AppendAllTextAsync(_certificates.AuthorityFile, await File.ReadAllTextAsync(_strangers.AuthorityFile));
        Assert.Null(server.Call().With(WithCertificateOf(_strangers)).Try());
    }

    [Fact]
    public async Task MinVersion_Tls13_RefusesOlder()
    {
        await using var server = await StartAsync("Server", ("Pacs:Dimse:Tls:MinVersion", "Tls13"));
        var older = _certificates.ClientOptions();
        older.EnabledSslProtocols = SslProtocols.Tls12;
        Assert.ThrowsAny<AssociationException>(() => server.Call().With(older).Try());
        Assert.Null(server.Call().With(_certificates.ClientOptions()).Try());
    }

    [Fact]
    public async Task Listener_OfItsOwn_IsSecuredBesideAPlainOne()
    {
        await using var server = await StartAsync("None");
        var port = FreePort.Next();
        await server.Get<ListenerStore>().PutAsync(new() { Name = "secure", Port = port, BindAddress = "127.0.0.1", Tls = ListenerTls.RequiredClientCertificate }, default);
        await Eventually.TrueAsync(async () => (await server.Get<ListenerStates>().ListAsync(default)).Any(s => s is { Name: "secure", EndPoint: not null }));
        Assert.Null((server.Call() with { Port = port }).With(_certificates.ClientOptions()).Try());
        Assert.ThrowsAny<AssociationException>(() => (server.Call() with { Port = port }).Try());
        Assert.Null(server.Call().Try());
    }

    [Fact]
    public async Task Peer_WithTls_IsCalledWithOurCertificateAndHeldToItsName()
    {
        await using var server = await StartAsync("RequiredClientCertificate");
        var connector = server.Get<PeerConnector>();
        var peer = new Peer(server.Address.AeTitle, server.Address.Host, server.Address.Port) { Tls = new() };
        Assert.Null(connector.Options(peer, [Callers.Verification]).Try());
        Assert.Null(connector.Options(peer with { Tls = new() { ServerName = "localhost" } }, [Callers.Verification]).Try());
        Assert.ThrowsAny<AssociationException>(() => connector.Options(peer with { Tls = new() { ServerName = "elsewhere.example.org" } }, [Callers.Verification]).Try());
        Assert.Null(connector.Options(peer with { Tls = new() { ServerName = "elsewhere.example.org", AcceptAnyCertificate = true } }, [Callers.Verification]).Try());
        Assert.ThrowsAny<AssociationException>(() => connector.Options(peer with { Tls = null }, [Callers.Verification]).Try());
    }

    private Task<DimseFixture> StartAsync(string mode, params IReadOnlyList<(string Key, string Value)> settings) => DimseFixture.StartAsync(
    [
        ("Pacs:Dimse:Tls:Mode", mode),
        ("Pacs:Dimse:Tls:CertificateFile", _certificates.ServerFile),
        ("Pacs:Dimse:Tls:CertificateKeyFile", _certificates.ServerKeyFile),
        ("Pacs:Dimse:Tls:AuthorityFiles", _certificates.AuthorityFile),
        .. settings,
    ]);

    private SslClientAuthenticationOptions WithCertificateOf(TestCertificates others)
    {
        var options = _certificates.ClientOptions();
        options.ClientCertificateContext = SslStreamCertificateContext.Create(others.Client, null, offline: true);
        return options;
    }

    /// <summary>Thumbprint of the certificate that the server shows now.</summary>
    private string? Shown(DimseFixture server)
    {
        string? thumbprint = null;
        var options = _certificates.ClientOptions();
        options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            thumbprint = (certificate as X509Certificate2)?.Thumbprint;
            return errors == SslPolicyErrors.None;
        };
        Assert.Null(server.Call().With(options).Try());
        return thumbprint;
    }
}
