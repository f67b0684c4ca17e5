using System.Net;
using System.Net.Http.Headers;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.ForeignPeers;

/// <summary>The peers that the other tests lean on do what those tests take for granted.</summary>
public sealed class ForeignPeerTests
{
    [Fact]
    public async Task Orthanc_KilledAndStartedAgain_KeepsWhatItGotByEitherProtocol()
    {
        await using var destination = await StoreScp.StartAsync("DEST");
        await using var orthanc = await Orthanc.StartAsync(new OrthancOptions { AeTitle = "ORTHANC1", Modalities = [destination.Address] });
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        Assert.True((await new TestScu(orthanc.Dimse).StoreAsync(study[0]))!.Status.IsSuccess);
        Assert.Equal(HttpStatusCode.OK, await StowAsync(orthanc.Http, orthanc.DicomWeb, study[1]));
        await orthanc.StoreAsync([study[2].ToPart10()]);

        await orthanc.KillAsync();
        await orthanc.StartAgainAsync();

        Assert.Equal(study.Select(o => o.SopInstanceUid).Order(StringComparer.Ordinal), await orthanc.SopInstanceUidsAsync());
        Assert.Equal(3, await orthanc.CountAsync());
        Assert.Equal(study[0].ToDatasetBytes(), Part10.DatasetOf(await orthanc.FileAsync(study[0].SopInstanceUid)));
        (await Dcmtk.MoveScuAsync(orthanc.Dimse, "DEST", ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={study[0].StudyInstanceUid}"])).EnsureSucceeded();
        Assert.Equal(3, destination.Files.Count);
        await orthanc.StopAsync();
    }

    [Fact]
    public async Task Orthanc_WithAnAccount_WantsIt()
    {
        await using var orthanc = await Orthanc.StartAsync(new OrthancOptions { Account = ("pacs", "secret") });
        using var stranger = new HttpClient();
        using var refused = await stranger.GetAsync(new Uri(orthanc.DicomWeb, "studies"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(0, await orthanc.CountAsync());
    }

    [Fact]
    public async Task DcmQrScp_FilledAndKilled_AnswersAllQueriesAndRetrievals()
    {
        await using var destination = await StoreScp.StartAsync("DEST");
        await using var archive = await DcmQrScp.StartAsync("ARCHIVE", [destination.Address]);
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        await archive.StoreAsync(study);
        await archive.KillAsync();
        await archive.StartAgainAsync();

        string[] keys = ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={study[0].StudyInstanceUid}"];
        Assert.Contains(study[0].StudyInstanceUid, (await Dcmtk.FindScuAsync(archive.Address, keys)).EnsureSucceeded().AllOutput, StringComparison.Ordinal);
        (await Dcmtk.MoveScuAsync(archive.Address, "DEST", keys)).EnsureSucceeded();
        using var folder = new TemporaryFolder();
        (await Dcmtk.GetScuAsync(archive.Address, folder.Path, keys)).EnsureSucceeded();
        Assert.Equal(4, destination.Files.Count);
        Assert.Equal(4, Directory.GetFiles(folder.Path).Length);
        Assert.Equal(4, archive.Files.Count);
    }

    [Fact]
    public async Task StoreScp_KilledAndStartedAgain_CountsAndKeepsWhatComes()
    {
        await using var scp = await StoreScp.StartAsync("SCP", "-v");
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        foreach (var _ in Enumerable.Range(0, 2)) Assert.True((await new TestScu(scp.Address).StoreAsync(sample))!.Status.IsSuccess);
        await Eventually.TrueAsync(() => scp.Requests == 2);
        await scp.KillAsync();
        Assert.False(StoreScp.IsListening(scp.Address));
        await scp.StartAgainAsync();
        Assert.Equal([sample.SopInstanceUid], scp.SopInstanceUids);
    }

    [Fact]
    public async Task TcpRelay_AwayAndBack_CountsEveryCall()
    {
        await using var scp = await StoreScp.StartAsync("SCP");
        using var relay = new TcpRelay(scp.Address);
        var scu = new TestScu(relay.Address);
        Assert.True((await scu.StoreAsync(SampleObjects.Ct(SampleOptions.Fresh())))!.Status.IsSuccess);
        relay.IsAway = true;
        await Assert.ThrowsAnyAsync<Dicom.Net.AssociationException>(() => scu.StoreAsync(SampleObjects.Ct(SampleOptions.Fresh())));
        relay.IsAway = false;
        relay.CutAfter(10_000);
        await Assert.ThrowsAnyAsync<Dicom.Net.AssociationException>(() => scu.StoreAsync(SampleObjects.Mr(SampleOptions.Fresh())));
        Assert.True((await scu.StoreAsync(SampleObjects.Mr(SampleOptions.Fresh())))!.Status.IsSuccess);
        Assert.Equal((4, 1), (relay.Calls.Count, relay.MostAtOnce));
        Assert.Equal(2, scp.Files.Count);
    }

    [Fact]
    public async Task ScriptedDicomWeb_ByItsScript_FailsThenServes()
    {
        await using var web = await ScriptedDicomWeb.StartAsync();
        using var http = new HttpClient();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        web.Then(503).Then(429, retryAfter: "2").ThenCutAfter(1000).ThenCutAnswer();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StowAsync(http, web.DicomWeb, sample));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StowAsync(http, web.DicomWeb, sample));
        await Assert.ThrowsAsync<HttpRequestException>(() => StowAsync(http, web.DicomWeb, sample));
        Assert.Equal(0, web.StoresOf(sample.SopInstanceUid));
        await Assert.ThrowsAsync<HttpRequestException>(() => StowAsync(http, web.DicomWeb, sample));
        Assert.Equal(1, web.StoresOf(sample.SopInstanceUid));
        Assert.Equal(HttpStatusCode.OK, await StowAsync(http, web.DicomWeb, sample));
        Assert.Equal(2, web.StoresOf(sample.SopInstanceUid));
        web.FailureReason = _ => 0xA700;
        Assert.Equal(HttpStatusCode.Conflict, await StowAsync(http, web.DicomWeb, sample));

        var client = new DicomWebClient(new HttpClient { BaseAddress = new Uri(web.DicomWeb, "/") });
        Assert.Equal(sample.SopInstanceUid, DicomWebClient.ValueOf(Assert.Single(await client.QidoAsync($"studies/{sample.StudyInstanceUid}/instances")), "00080018"));
        Assert.Empty(await client.QidoAsync("studies?StudyInstanceUID=1.2"));
        Assert.Equal(sample.ToPart10(), Assert.Single(await client.WadoAsync($"studies/{sample.StudyInstanceUid}")));
        Assert.Equal([503, 429, 0, 0, 200, 409, 200, 204, 200], web.Exchanges.Select(e => e.Status));
    }

    [Fact]
    public async Task ScriptedDicomWeb_WithTokensAndClientCertificates_WantsBoth()
    {
        using var certificates = new TestCertificates();
        await using var web = await ScriptedDicomWeb.StartAsync(new ScriptedDicomWebOptions
        {
            Certificates = certificates,
            WantsClientCertificate = true,
            TokenClient = ("pacs", "secret"),
        });
        using var handler = new SocketsHttpHandler { SslOptions = certificates.ClientOptions() };
        using var http = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20 };
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        Assert.Equal(HttpStatusCode.Unauthorized, await StowAsync(http, web.DicomWeb, sample));

        using var granted = await http.PostAsync(web.TokenUrl, new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", "pacs"), new("client_secret", "secret")]));
        var token = global::System.Text.Json.JsonDocument.Parse(await granted.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Assert.Equal(HttpStatusCode.OK, await StowAsync(http, web.DicomWeb, sample));
        Assert.Equal(("HTTP/2", "CN=modality"), (web.Exchanges[^1].Protocol, web.Exchanges[^1].ClientCertificate));
        web.RevokeTokens();
        Assert.Equal(HttpStatusCode.Unauthorized, await StowAsync(http, web.DicomWeb, sample));

        using var stranger = new HttpClient(new SocketsHttpHandler { SslOptions = certificates.ClientOptions(hasCertificate: false) });
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => StowAsync(stranger, web.DicomWeb, sample));
    }

    private static async Task<HttpStatusCode> StowAsync(HttpClient http, Uri root, SampleObject sample)
    {
        using var content = new MultipartContent("related");
        content.Headers.ContentType!.Parameters.Add(new NameValueHeaderValue("type", "\"application/dicom\""));
        content.Add(new ByteArrayContent(sample.ToPart10()) { Headers = { ContentType = new("application/dicom") } });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(root, "studies")) { Content = content, Version = http.DefaultRequestVersion };
        request.Headers.Accept.Add(new("application/dicom+json"));
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
