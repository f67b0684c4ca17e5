using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Security;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Fetching;

/// <summary>Fetching from foreign archives, and from one of our own.</summary>
public sealed class FetchTests(FetchServer server) : IClassFixture<FetchServer>
{
    /// <summary>Native and compressed, of several classes and series.</summary>
    private static SampleObject[] Study()
    {
        var options = SampleOptions.Fresh() with { Rows = 16, Columns = 16 };
        return
        [
            .. SampleObjects.Study(2, 3, options),
            SampleObjects.Mr(options with { SeriesNumber = 7, TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian }),
            SampleObjects.Encapsulated(options with { SeriesNumber = 8 }),
            SampleObjects.Encapsulated(options with { SeriesNumber = 8, InstanceNumber = 2, TransferSyntax = TransferSyntaxRegistry.GetOrAssume(Uids.JPEG2000Lossless) }),
        ];
    }

    [Theory]
    [InlineData(RetrieveMethod.Move)]
    [InlineData(RetrieveMethod.Get)]
    public async Task Fetch_FromDcmqrscp_BringsTheStudy(RetrieveMethod method)
    {
        // It takes native objects only.
        var study = Study()[..7];
        await using var archive = await DcmQrScp.StartAsync(method == RetrieveMethod.Move ? "DCMQR1" : "DCMQR2", [server.Dimse]);
        await archive.StoreAsync(study);
        await server.AddAsync(archive.Address, new PeerRemote { Retrieve = method });
        await FetchAsync(archive.Address.AeTitle, study);
    }

    [Theory]
    [InlineData(RetrieveMethod.Move)]
    [InlineData(RetrieveMethod.Get)]
    [InlineData(RetrieveMethod.Any)]
    public async Task Fetch_FromOrthanc_BringsTheStudy(RetrieveMethod method)
    {
        var study = Study();
        // Where anything goes it does not know this archive, and gives by C-GET what it does not send.
        await using var archive = await Orthanc.StartAsync(new OrthancOptions { AeTitle = $"ORT{(int)method}", Modalities = method == RetrieveMethod.Any ? [] : [server.Dimse] });
        await archive.StoreAsync(study.Select(s => s.ToPart10()));
        await server.AddAsync(archive.Dimse, new PeerRemote { Retrieve = method });
        await FetchAsync(archive.Dimse.AeTitle, study);
    }

    [Fact]
    public async Task Fetch_FromOrthancOverDicomWeb_BringsTheStudy()
    {
        var study = Study();
        await using var archive = await Orthanc.StartAsync(new OrthancOptions { Account = ("fetcher", "secret") });
        await archive.StoreAsync(study.Select(s => s.ToPart10()));
        await server.AddAsync(new Peer("ORTWEB", "", 0)
        {
            Web = new PeerWeb { Url = archive.DicomWeb.ToString(), Authentication = new WebAuthentication { Kind = WebAuthenticationKind.Basic, User = "fetcher", Secret = new Secret("secret") } },
        });
        var job = await FetchAsync("ORTWEB", study);
        Assert.Equal("WADO-RS", server.Postgres.Query($"SELECT protocol FROM instances WHERE sop_instance_uid = '{study[0].SopInstanceUid}'"));
        Assert.True(job.BytesDone > 0);
    }

    [Fact]
    public async Task Fetch_FromAnotherOfOurs_BringsObjectsByteForByteAndOnlyWhatIsMissing()
    {
        var study = Study();
        await using var other = new OtherServer();
        await ((IAsyncLifetime)other).InitializeAsync();
        await other.StoreAsync(study);
        await other.AddAsync(server.Dimse);
        await server.AddAsync(other.Dimse);
        await server.StoreAsync(study[0]);
        var job = await FetchAsync(OtherServer.AeTitle, study);
        foreach (var one in study) Assert.Equal(one.ToDatasetBytes(), await server.DatasetAsync(one));
        // The one that was here was not fetched; that of its series were, by name.
        Assert.Equal("", server.Postgres.Query($"SELECT calling_ae_title FROM instances WHERE sop_instance_uid = '{study[0].SopInstanceUid}'"));
        Assert.Equal((long)study.Length - 1, server.Postgres.Query($"SELECT count(*) FROM fetch_objects WHERE job_id = {job.Id} AND arrived_at IS NOT NULL"));

        var again = await server.EndAsync(await server.FetchAsync(OtherServer.AeTitle, study[0].StudyInstanceUid), JobState.Done);
        Assert.Equal(study.Length, again.ObjectsDone);
        Assert.Equal(0L, server.Postgres.Query($"SELECT count(*) FROM fetch_objects WHERE job_id = {again.Id} AND arrived_at IS NOT NULL"));
        var forced = await server.EndAsync(await server.FetchAsync(OtherServer.AeTitle, study[0].StudyInstanceUid, """{"force":true}"""), JobState.Done);
        Assert.Equal((long)study.Length, server.Postgres.Query($"SELECT count(*) FROM fetch_objects WHERE job_id = {forced.Id} AND arrived_at IS NOT NULL"));
    }

    [Fact]
    public async Task Fetch_SeveralPicked_BringsThoseAlone()
    {
        SampleObject[] one = Study(), two = Study();
        await using var archive = await DcmQrScp.StartAsync("DCMQR3", [server.Dimse]);
        await archive.StoreAsync([.. one, .. two]);
        await server.AddAsync(archive.Address);
        var parameters = new { objects = new object[] { new { studyInstanceUid = one[0].StudyInstanceUid, seriesInstanceUid = one[0].SeriesInstanceUid }, new { studyInstanceUid = two[0].StudyInstanceUid, sopInstanceUid = two[4].SopInstanceUid } } };
        using var response = await server.Http.PostAsJsonAsync("/api/v1/jobs", new { kind = "fetch", peer = "DCMQR3", parameters });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var id = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetInt64();
        var done = await server.EndAsync((await server.Jobs.FindAsync(id, default))!, JobState.Done);
        Assert.Equal(4, done.ObjectsDone);
        Assert.Equal(3L, server.CountOf(one.Select(o => o.SopInstanceUid)));
        Assert.Equal(1L, server.CountOf(two.Select(o => o.SopInstanceUid)));
    }

    [Theory]
    [InlineData("""{"kind":"fetch","peer":"P1"}""")]
    [InlineData("""{"kind":"fetch","peer":"P1","seriesInstanceUid":"1.2"}""")]
    [InlineData("""{"kind":"fetch","peer":"P1","studyInstanceUid":"1.2/3"}""")]
    [InlineData("""{"kind":"fetch","peer":"P1","studyInstanceUid":"1.2","parameters":{"forse":true}}""")]
    [InlineData("""{"kind":"fetch","peer":"P1","parameters":{"objects":[{"seriesInstanceUid":"1.2"}]}}""")]
    [InlineData("""{"kind":"fetch","studyInstanceUid":"1.2"}""")]
    public async Task Fetch_NotAsItShouldBe_IsRefusedWithAReason(string body)
    {
        await server.AddAsync(new DicomAddress("P1", 1));
        await ApiServer.AssertProblemAsync(400, await server.Http.PostAsync("/api/v1/jobs", new StringContent(body, System.Text.Encoding.UTF8, "application/json")));
    }

    private async Task<Job> FetchAsync(string peer, SampleObject[] study)
    {
        var job = await server.EndAsync(await server.FetchAsync(peer, study[0].StudyInstanceUid), JobState.Done);
        Assert.Equal((study.Length, study.Length, ""), (job.ObjectsTotal, job.ObjectsDone, job.Message));
        Assert.Equal(study.Length, server.CountOf(study.Select(o => o.SopInstanceUid)));
        return job;
    }
}
