using System.Text;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Security;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Net;

namespace Pacs.Storage.Tests.DicomWeb;

/// <summary>By what DICOMweb servers know this archive, and over what they are reached.</summary>
public sealed class WebAuthenticationTests(LocalArchive archive) : IClassFixture<LocalArchive>
{
    private static readonly (string Id, string Secret) Client = ("pacs client", "s3cret:%/+");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientCredentials_ManyRequests_TakeOneToken(bool secretInBody)
    {
        await using var server = await ScriptedDicomWeb.StartAsync(new() { TokenClient = Client });
        var peer = WithToken(server, a => a with { SecretInBody = secretInBody });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => archive.Connect(peer).EchoAsync(default)));
        Assert.Equal(1, server.Tokens);
        Assert.Equal(8, server.Exchanges.Count);
    }

    [Fact]
    public async Task ClientCredentials_TokenTakenBack_IsGotAnewOnce()
    {
        await using var server = await ScriptedDicomWeb.StartAsync(new() { TokenClient = Client });
        var peer = WithToken(server);
        await archive.Connect(peer).EchoAsync(default);
        server.RevokeTokens();
        await archive.Connect(peer).EchoAsync(default);
        Assert.Equal(2, server.Tokens);
        Assert.Equal([204, 401, 204], server.Exchanges.Select(e => e.Status));
    }

    [Theory]
    [InlineData("""{"access_token":"t","token_type":"Bearer","expires_in":3600}""", 3540)]
    [InlineData("""{"access_token":"t","token_type":"bearer","expires_in":"100"}""", 50)]
    [InlineData("""{"access_token":"t"}""", 240)]
    public async Task ClientCredentials_TokenAboutToEnd_IsGotAnewBefore(string answer, int seconds)
    {
        var (clock, count) = (new Clock(), 0);
        using var tokens = new BearerTokens(Token, (_, cancellation) => Task.FromResult(Answer(answer, ref count, cancellation)), clock);
        await tokens.GetAsync(null, default);
        clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        await tokens.GetAsync(null, default);
        Assert.Equal(1, count);
        clock.Advance(TimeSpan.FromSeconds(1));
        await tokens.GetAsync(null, default);
        Assert.Equal(2, count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"access_token":""}""")]
    [InlineData("""{"access_token":7}""")]
    [InlineData("""{"access_token":"line\r\nbreak"}""")]
    [InlineData("""{"access_token":"t","token_type":"mac"}""")]
    [InlineData("""{"access_token":"t","expires_in":"soon"}""")]
    public async Task ClientCredentials_AnswerWithoutAToken_IsToldSo(string answer)
    {
        var count = 0;
        using var tokens = new BearerTokens(Token, (_, cancellation) => Task.FromResult(Answer(answer, ref count, cancellation)), new Clock());
        Assert.Equal(DicomWebFailure.Away, (await Assert.ThrowsAsync<DicomWebException>(() => tokens.GetAsync(null, default))).Failure);
    }

    [Fact]
    public async Task ClientCredentials_WrongSecret_IsToldWithoutIt()
    {
        await using var server = await ScriptedDicomWeb.StartAsync(new() { TokenClient = Client });
        var peer = WithToken(server, a => a with { Secret = new Secret("wrong-secret") });
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => archive.Connect(peer).EchoAsync(default));
        Assert.Equal((DicomWebFailure.Away, 401), (failure.Failure, failure.Status));
        Assert.DoesNotContain("wrong-secret", failure.ToString());
        Assert.Empty(server.Exchanges);
    }

    [Fact]
    public async Task ClientCredentials_TokenServerAway_IsToldByItsName()
    {
        await using var server = await ScriptedDicomWeb.StartAsync();
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => archive.Connect(With(server, Token with { TokenUrl = "http://127.0.0.1:1/token" })).EchoAsync(default));
        Assert.Equal(DicomWebFailure.Away, failure.Failure);
        Assert.Contains("127.0.0.1:1", failure.Message);
    }

    [Fact]
    public async Task Basic_And_ApiKey_AreSent()
    {
        await using var server = await ScriptedDicomWeb.StartAsync();
        await archive.Connect(With(server, new WebAuthentication { Kind = WebAuthenticationKind.Basic, User = "user", Secret = new Secret("pässword") })).EchoAsync(default);
        await archive.Connect(With(server, new WebAuthentication { Kind = WebAuthenticationKind.ApiKey, Secret = new Secret("key-1") })).EchoAsync(default);
        await archive.Connect(With(server, new WebAuthentication { Kind = WebAuthenticationKind.ApiKey, Header = "Authorization", Secret = new Secret("Bearer abc") })).EchoAsync(default);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("user:pässword")), server.Exchanges[0].Authorization);
        Assert.Equal(("", "key-1"), (server.Exchanges[1].Authorization, server.Exchanges[1].Headers["X-Api-Key"].ToString()));
        Assert.Equal("Bearer abc", server.Exchanges[2].Authorization);
    }

    [Fact]
    public async Task Redirect_WithinTheServer_IsFollowedElsewhereNot()
    {
        await using var server = await ScriptedDicomWeb.StartAsync();
        await using var other = await ScriptedDicomWeb.StartAsync();
        var peer = With(server, new WebAuthentication { Kind = WebAuthenticationKind.ApiKey, Secret = new Secret("key-1") });
        server.Then(context =>
        {
            context.Response.Redirect("/dicomweb/moved/studies?limit=1");
            return Task.FromResult(true);
        });
        await archive.Connect(peer).EchoAsync(default);
        Assert.Equal("/dicomweb/moved/studies?limit=1", server.Exchanges[^1].PathAndQuery);

        server.Then(context =>
        {
            context.Response.Redirect($"{other.DicomWeb}studies?limit=1");
            return Task.FromResult(true);
        });
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => archive.Connect(peer).EchoAsync(default));
        Assert.Equal((DicomWebFailure.Refused, 302), (failure.Failure, failure.Status));
        Assert.Empty(other.Exchanges);

        server.Intercept = context =>
        {
            context.Response.Redirect("/dicomweb/studies?limit=1");
            return Task.FromResult(true);
        };
        Assert.Equal(302, (await Assert.ThrowsAsync<DicomWebException>(() => archive.Connect(peer).EchoAsync(default))).Status);
    }

    [Fact]
    public async Task Tls_AuthorityAndClientCertificate_GetInByHttp2()
    {
        using var certificates = new TestCertificates();
        await using var server = await ScriptedDicomWeb.StartAsync(new() { Certificates = certificates, WantsClientCertificate = true });
        var tls = new PeerWebTls { AuthorityFile = certificates.AuthorityFile, CertificateFile = certificates.ClientFile, CertificateKeyFile = certificates.ClientKeyFile };
        await archive.Connect(With(server, tls)).EchoAsync(default);
        var exchange = Assert.Single(server.Exchanges);
        Assert.Equal(("HTTP/2", "CN=modality"), (exchange.Protocol, exchange.ClientCertificate));

        await archive.Connect(new Peer("OLD") { Web = new() { Url = server.DicomWeb.ToString(), Tls = tls, Http2 = false } }).EchoAsync(default);
        Assert.Equal("HTTP/1.1", server.Exchanges[^1].Protocol);
    }

    [Fact]
    public async Task Tls_ServerOfAnotherAuthority_IsNotTalkedToUnlessAnyIsTaken()
    {
        using var certificates = new TestCertificates();
        using var others = new TestCertificates("Other Authority");
        await using var server = await ScriptedDicomWeb.StartAsync(new() { Certificates = certificates });
        foreach (var tls in new[] { null, new PeerWebTls { AuthorityFile = others.AuthorityFile } })
        {
            var failure = await Assert.ThrowsAsync<DicomWebException>(() => archive.Connect(With(server, tls)).EchoAsync(default));
            Assert.Equal(DicomWebFailure.Away, failure.Failure);
            Assert.Contains("certificate", failure.Message);
        }
        Assert.Empty(server.Exchanges);
        await archive.Connect(With(server, new PeerWebTls { AcceptAnyCertificate = true })).EchoAsync(default);
    }

    [Fact]
    public async Task Tls_ClientCertificateRenewed_IsShownNextTime()
    {
        using var certificates = new TestCertificates();
        using var folder = new TemporaryFolder();
        await using var server = await ScriptedDicomWeb.StartAsync(new() { Certificates = certificates, WantsClientCertificate = true });
        var (file, keyFile) = (folder.File("client.pem"), folder.File("client.key"));
        File.Copy(certificates.ClientFile, file);
        File.Copy(certificates.ClientKeyFile, keyFile);
        var peer = With(server, new PeerWebTls { AuthorityFile = certificates.AuthorityFile, CertificateFile = file, CertificateKeyFile = keyFile });
        await archive.Connect(peer).EchoAsync(default);
        var renewed = certificates.Make("renewed", "renewed");
        File.Copy(renewed.File, file, overwrite: true);
        File.Copy(renewed.KeyFile, keyFile, overwrite: true);
        await archive.Connect(peer).EchoAsync(default);
        Assert.Equal(["CN=modality", "CN=renewed"], server.Exchanges.Select(e => e.ClientCertificate));
        renewed.Certificate.Dispose();
    }

    [Fact]
    public async Task Tls_CertificateFileNotThere_IsToldByItsName()
    {
        await using var server = await ScriptedDicomWeb.StartAsync();
        var failure = Assert.Throws<DicomWebException>(() => archive.Connect(With(server, new PeerWebTls { CertificateFile = "/nowhere/client.pem" })));
        Assert.Equal(DicomWebFailure.Away, failure.Failure);
        Assert.Contains("/nowhere/client.pem", failure.Message);
    }

    private static WebAuthentication Token { get; } = new() { TokenUrl = "https://login.example.org/token", ClientId = "c", Secret = new Secret("s") };

    private static WebAnswer Answer(string json, ref int count, CancellationToken cancellation)
    {
        count++;
        return new WebAnswer(new HttpResponseMessage { Content = new StringContent(json) }, new WebDeadline(cancellation), TimeSpan.FromSeconds(60));
    }

    private static Peer With(ScriptedDicomWeb server, WebAuthentication authentication) => new("WEB") { Web = new() { Url = server.DicomWeb.ToString(), Authentication = authentication } };

    private static Peer With(ScriptedDicomWeb server, PeerWebTls? tls) => new("WEB") { Web = new() { Url = server.DicomWeb.ToString(), Tls = tls } };

    private static Peer WithToken(ScriptedDicomWeb server, Func<WebAuthentication, WebAuthentication>? change = null)
    {
        var authentication = new WebAuthentication
        {
            Kind = WebAuthenticationKind.ClientCredentials,
            TokenUrl = server.TokenUrl.ToString(),
            ClientId = Client.Id,
            Secret = new Secret(Client.Secret),
            Scope = "dicomweb",
        };
        return With(server, change?.Invoke(authentication) ?? authentication);
    }

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan time) => _now += time;
    }
}
