using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Security;
using Pacs.Storage.Sending;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Net;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.DicomWeb;

/// <summary>DICOMweb through an HTTP proxy.</summary>
public sealed class WebProxyTests(LocalArchive archive) : IClassFixture<LocalArchive>
{
    [Fact]
    public async Task Https_GoesThroughATunnelWithCredentials()
    {
        using var certificates = new TestCertificates();
        using var proxy = new HttpProxy("pacs", "s3cret");
        await using var server = await ScriptedDicomWeb.StartAsync(new() { Certificates = certificates, TokenClient = ("c", "s") });
        var peer = new Peer("PROXIED")
        {
            Web = new()
            {
                Url = server.DicomWeb.ToString(),
                Tls = new() { AuthorityFile = certificates.AuthorityFile },
                Proxy = new() { Url = proxy.Url, User = "pacs", Password = new Secret("s3cret") },
                Authentication = new() { TokenUrl = server.TokenUrl.ToString(), ClientId = "c", Secret = new Secret("s") },
            },
        };
        var instances = await archive.StoreAsync([SampleObjects.Ct(SampleOptions.Fresh())]);
        Assert.Equal(SendOutcome.Sent, Assert.Single(await archive.SendAsync(peer, instances)).Result.Outcome);
        Assert.All(proxy.Requests, r => Assert.Equal($"CONNECT {server.DicomWeb.Host}:{server.DicomWeb.Port} HTTP/1.1", r));
        Assert.Equal("HTTP/2", server.Exchanges[0].Protocol);
    }

    [Fact]
    public async Task Http_GoesThroughTheProxy()
    {
        using var proxy = new HttpProxy();
        await using var server = await ScriptedDicomWeb.StartAsync();
        await archive.Connect(new Peer("PROXIED") { Web = new() { Url = server.DicomWeb.ToString(), Proxy = new() { Url = proxy.Url } } }).EchoAsync(default);
        Assert.Equal($"GET {server.DicomWeb}studies?limit=1 HTTP/1.1", Assert.Single(proxy.Requests));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Proxy_TakesNotOurCredentials_IsAway(bool https)
    {
        using var certificates = new TestCertificates();
        using var proxy = new HttpProxy("pacs", "s3cret");
        await using var server = await ScriptedDicomWeb.StartAsync(new() { Certificates = https ? certificates : null });
        var peer = new Peer("PROXIED") { Web = new() { Url = server.DicomWeb.ToString(), Proxy = new() { Url = proxy.Url, User = "pacs", Password = new Secret("wrong") } } };
        Assert.Equal(DicomWebFailure.Away, (await Assert.ThrowsAsync<DicomWebException>(() => archive.Connect(peer).EchoAsync(default))).Failure);
        Assert.Empty(server.Exchanges);
    }
}
