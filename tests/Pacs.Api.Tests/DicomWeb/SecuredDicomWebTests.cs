using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Security;
using Pacs.Storage.Sending;
using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.DicomWeb;

/// <summary>The client against this archive's own server over TLS and HTTP/2, which asks for an API key.</summary>
public sealed class SecuredDicomWebTests : ApiServer, IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly LocalArchive _archive = new();

    protected override (string Key, string Value)[] Settings =>
    [
        ("Pacs:Http:Urls", "https://127.0.0.1:0"),
        ("Pacs:Http:CertificateFile", _certificates.ServerFile),
        ("Pacs:Http:CertificateKeyFile", _certificates.ServerKeyFile),
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StoreAndRetrieve_WithTheKey_RoundTripWithoutItNothing(bool http2)
    {
        var (_, secret) = await Services.GetRequiredService<ApiKeyStore>().AddAsync("client", ApiKeyScope.Write, default);
        var peer = Peer(http2, new WebAuthentication { Kind = WebAuthenticationKind.ApiKey, Secret = new Secret(secret) });
        var study = SampleObjects.Study(1, 5, SampleOptions.Fresh() with { Rows = 512, Columns = 256 });
        var instances = await _archive.StoreAsync(study);
        Assert.Equal(DicomWebFailure.Away, (await Assert.ThrowsAsync<DicomWebException>(() => _archive.SendAsync(Peer(http2, null), instances))).Failure);
        Assert.All(await _archive.SendAsync(peer, instances), r => Assert.Equal(SendOutcome.Sent, r.Result.Outcome));
        foreach (var sample in study)
            Assert.Equal(sample.ToDatasetBytes(), await LocalArchive.ReadAsync(Services.GetRequiredService<RetrievalService>(), sample.SopInstanceUid));

        await foreach (var result in _archive.Connect(peer).RetrieveAsync(new DicomWebResource(study[0].StudyInstanceUid), new IngestSource("WADO-RS"), null, default))
            Assert.Equal(IngestOutcome.AlreadyStored, result.Outcome);
    }

    public void Dispose()
    {
        _archive.Dispose();
        _certificates.Dispose();
    }

    private Peer Peer(bool http2, WebAuthentication? authentication) =>
        new("SECURED") { Web = new() { Url = $"{Address}/dicomweb", Authentication = authentication, Http2 = http2, Tls = new() { AuthorityFile = _certificates.AuthorityFile } } };
}
