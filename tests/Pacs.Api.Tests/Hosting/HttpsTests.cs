using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hosting;

public sealed class HttpsTests : ApiServer, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HttpsTests() => WriteCertificate();

    public void Dispose() => _folder.Dispose();

    protected override (string Key, string Value)[] Settings =>
    [
        ("Pacs:Http:Urls", "https://127.0.0.1:0"),
        ("Pacs:Http:CertificateFile", _folder.File("server.pem")),
        ("Pacs:Http:CertificateKeyFile", _folder.File("server.key")),
        ("Pacs:Http:CorsOrigins", "https://viewer.example.org"),
        ("Pacs:Http:PublicBaseUrl", "https://pacs.example.org/archive/"),
    ];

    [Fact]
    public async Task Certificate_Renewed_IsInForceForTheNextConnection()
    {
        Assert.Equal(await ShownAsync(), await ShownAsync());
        var renewed = WriteCertificate();
        Assert.Equal(renewed, await ShownAsync());
        File.Delete(_folder.File("server.key"));
        Assert.Equal(renewed, await ShownAsync());
    }

    [Fact]
    public async Task Request_OverTls_WorksWithHttp2CorsAndThePublicBase()
    {
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } })
        {
            BaseAddress = new Uri(Address),
            DefaultRequestVersion = HttpVersion.Version20,
        };
        var ct = SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 512, Columns = 512 });
        using (var stored = await client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/dicomweb/studies") { Version = HttpVersion.Version20, Content = Multipart(Enumerable.Repeat(ct.ToPart10(), 4)) }))
        {
            Assert.Equal(HttpVersion.Version20, stored.Version);
            Assert.Contains("https://pacs.example.org/archive/dicomweb/studies/", await stored.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        var request = new HttpRequestMessage(HttpMethod.Get, $"/dicomweb/studies?StudyInstanceUID={ct.StudyInstanceUid}") { Headers = { { "Origin", "https://viewer.example.org" } } };
        using var found = await client.SendAsync(request);
        Assert.Equal("https://viewer.example.org", Assert.Single(found.Headers.GetValues("Access-Control-Allow-Origin")));
        using var preflight = await client.SendAsync(new HttpRequestMessage(HttpMethod.Options, "/dicomweb/studies")
        {
            Headers = { { "Origin", "https://viewer.example.org" }, { "Access-Control-Request-Method", "GET" }, { "Access-Control-Request-Headers", "authorization" } },
        });
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
    }

    private string WriteCertificate()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_folder.File("server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.File("server.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate.Thumbprint;
    }

    private async Task<string> ShownAsync()
    {
        var thumbprint = "";
        using var client = new HttpClient(new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            {
                thumbprint = certificate!.Thumbprint;
                return true;
            },
        });
        (await client.GetAsync($"{Address}/health/live")).Dispose();
        return thumbprint;
    }
}
