using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Jobs;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Fetching;

/// <summary>Earlier studies of a patient, from an archive of our own.</summary>
public sealed class PrefetchTests(FetchServer server) : IClassFixture<FetchServer>, IAsyncLifetime
{
    private readonly OtherServer _other = new();
    private readonly string _patient = $"P{Random.Shared.Next()}";

    public async Task InitializeAsync()
    {
        await ((IAsyncLifetime)_other).InitializeAsync();
        await _other.AddAsync(server.Dimse);
        await server.AddAsync(_other.Dimse);
    }

    public Task DisposeAsync() => _other.DisposeAsync();

    [Fact]
    public async Task Prefetch_LastStudies_OfTheSamePatientAlone()
    {
        var current = Study("20260301");
        SampleObject[] priors = [Study("20230101"), Study("20250101"), Study("20240101")];
        // The same ID under another issuer, or of somebody born on another day, is somebody else; what is later is no prior.
        SampleObject[] others =
        [
            Study("20251231", o => o with { IssuerOfPatientId = "ELSEWHERE" }), Study("20251230", o => o with { PatientBirthDate = "19991231", IssuerOfPatientId = null }),
            Study("20251229", o => o with { PatientId = _patient + "0" }), Study("20260302"),
        ];
        await server.StoreAsync(current);
        await _other.StoreAsync([current, .. priors, .. others]);
        var done = await PrefetchAsync(current, """{"studies":2}""");
        Assert.Equal(2, done.ObjectsDone);
        Assert.Equal(2L, server.CountOf([priors[1].SopInstanceUid, priors[2].SopInstanceUid]));
        Assert.Equal(0L, server.CountOf([priors[0].SopInstanceUid, .. others.Select(o => o.SopInstanceUid)]));
        // Asked for again, what is here is not fetched again.
        await PrefetchAsync(current, """{"studies":2}""");
        var fetches = await server.Jobs.ListAsync(new JobFilter { Kind = "fetch", StudyInstanceUid = priors[1].StudyInstanceUid }, default);
        Assert.All(fetches, f => Assert.Equal((JobState.Done, 1), (f.State, f.ObjectsDone)));
        Assert.Equal(1L, server.Postgres.Query($"SELECT count(*) FROM fetch_objects WHERE arrived_at IS NOT NULL AND sop_instance_uid = '{priors[1].SopInstanceUid}'"));
    }

    [Fact]
    public async Task Prefetch_SameModalityBodyPartAndAge_NarrowIt()
    {
        var current = Study("20260301", o => o with { Customize = d => d.Set(Tags.BodyPartExamined, "CHEST") });
        var wanted = Study("20250601", o => o with { Customize = d => d.Set(Tags.BodyPartExamined, "CHEST") });
        SampleObject[] others =
        [
            Study("20250602", o => o with { Customize = d => d.Set(Tags.BodyPartExamined, "KNEE") }),
            Mr("20250603", "CHEST"), Study("20190101", o => o with { Customize = d => d.Set(Tags.BodyPartExamined, "CHEST") }),
        ];
        await server.StoreAsync(current);
        await _other.StoreAsync([wanted, .. others]);
        var done = await PrefetchAsync(current, """{"studies":9,"sameModality":true,"sameBodyPart":true,"maxAgeDays":1000}""");
        Assert.Equal(1, done.ObjectsDone);
        Assert.Equal((1L, 0L), (server.CountOf([wanted.SopInstanceUid]), server.CountOf(others.Select(o => o.SopInstanceUid))));
    }

    [Fact]
    public async Task Prefetch_ByPatientId_NeedsNoStudyHere()
    {
        var prior = Study("20250101");
        await _other.StoreAsync(prior);
        var created = await server.Jobs.CreateAsync(new JobRequest("prefetch")
        {
            Peer = OtherServer.AeTitle,
            Parameters = System.Text.Json.JsonSerializer.SerializeToElement(new { patientId = _patient, issuerOfPatientId = "HOSPITAL", modalities = new[] { "CT" } }),
        }, default);
        await AwaitAsync(created);
        Assert.Equal(1L, server.CountOf([prior.SopInstanceUid]));
    }

    [Fact]
    public async Task Prefetch_ByARoutingRule_BringsThePriorsOfWhatIsStored()
    {
        SampleObject current = Study("20260301"), prior = Study("20250101");
        await _other.StoreAsync(prior);
        var rule = $$"""{"position":1,"trigger":"Object","condition":{"attribute":"PatientID","equalTo":["{{_patient}}"]},"actions":[{"kind":"Prefetch","destinations":["OTHER"],"studies":1,"sameModality":true}]}""";
        using var put = await server.Http.PutAsync("/api/v1/routing/rules/priors", new StringContent(rule, System.Text.Encoding.UTF8, "application/json"));
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        await server.StoreAsync(current);
        await Eventually.TrueAsync(() => server.CountOf([prior.SopInstanceUid]) == 1);
        (await server.Http.DeleteAsync("/api/v1/routing/rules/priors")).Dispose();
    }

    [Theory]
    [InlineData("""{"kind":"prefetch","peer":"OTHER"}""")]
    [InlineData("""{"kind":"prefetch","peer":"OTHER","parameters":{"patientId":"*"}}""")]
    [InlineData("""{"kind":"prefetch","peer":"OTHER","parameters":{"patientId":"1","sameModality":true}}""")]
    [InlineData("""{"kind":"prefetch","peer":"OTHER","studyInstanceUid":"1.2","parameters":{"studies":0}}""")]
    [InlineData("""{"kind":"prefetch","peer":"OTHER","studyInstanceUid":"1.2","parameters":{"maxAge":1}}""")]
    public async Task Prefetch_NotAsItShouldBe_IsRefusedWithAReason(string body) =>
        await ApiServer.AssertProblemAsync(400, await server.Http.PostAsync("/api/v1/jobs", new StringContent(body, System.Text.Encoding.UTF8, "application/json")));

    private async Task<Job> PrefetchAsync(SampleObject current, string parameters) =>
        await AwaitAsync(await server.FetchAsync(OtherServer.AeTitle, current.StudyInstanceUid, parameters, "prefetch"));

    private async Task<Job> AwaitAsync(Job created)
    {
        var done = await server.EndAsync(created, JobState.Done);
        foreach (var fetch in await server.Jobs.ListAsync(new JobFilter { Kind = "fetch", Cause = $"prefetch {created.Id}" }, default)) await server.EndAsync(fetch, JobState.Done);
        return done;
    }

    private SampleObject Study(string date, Func<SampleOptions, SampleOptions>? change = null) => SampleObjects.Ct((change ?? (o => o))(Options(date)));

    private SampleObject Mr(string date, string bodyPart) => SampleObjects.Mr(Options(date) with { Customize = d => d.Set(Tags.BodyPartExamined, bodyPart) });

    private SampleOptions Options(string date) => SampleOptions.Fresh() with { PatientId = _patient, IssuerOfPatientId = "HOSPITAL", StudyDate = date, Rows = 8, Columns = 8 };
}
