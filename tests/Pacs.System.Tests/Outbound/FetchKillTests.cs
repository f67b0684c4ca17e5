using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Outbound;

/// <summary>
/// Fetching, broken off at any moment: in the end every object is here once and as the other archive has it, and the job says so.
/// <c>PACS_KILL_ROUNDS</c> repeats each case.
/// </summary>
public sealed class FetchKillTests(ImpatientServer fixture, ITestOutputHelper output) : IClassFixture<ImpatientServer>
{
    private const int Series = 2, ObjectsOfSeries = 20, Objects = Series * ObjectsOfSeries;

    private readonly JobClient _jobs = new(fixture.Server.Http);

    [Theory]
    [InlineData(Victim.Worker, FetchRoute.DcmQrScpMove)]
    [InlineData(Victim.Worker, FetchRoute.OrthancWeb)]
    [InlineData(Victim.Server, FetchRoute.OrthancMove)]
    [InlineData(Victim.Server, FetchRoute.DcmQrScpGet)]
    [InlineData(Victim.Database, FetchRoute.DcmQrScpMove)]
    [InlineData(Victim.Database, FetchRoute.OrthancGet)]
    [InlineData(Victim.Machine, FetchRoute.OrthancWeb)]
    [InlineData(Victim.Peer, FetchRoute.DcmQrScpMove)]
    [InlineData(Victim.Peer, FetchRoute.OrthancGet)]
    [InlineData(Victim.Peer, FetchRoute.OrthancWeb)]
    public async Task Kill_InTheMiddleOfFetching_EveryObjectIsHereOnceAndTheJobTellsTheTruth(Victim victim, FetchRoute route)
    {
        for (var round = 0; round < Killing.Rounds; round++)
        {
            await using var source = await Source.StartAsync(route, fixture.Server);
            await FetchAsync(source, victim, route);
        }
    }

    /// <summary>The earlier studies of a patient: each is fetched by a job, and by one only.</summary>
    [Theory]
    [InlineData(Victim.Server)]
    [InlineData(Victim.Database)]
    public async Task Kill_InTheMiddleOfPrefetching_EveryPriorIsFetchedByOneJob(Victim victim)
    {
        const int Priors = 30;
        for (var round = 0; round < Killing.Rounds; round++)
        {
            await using var source = await Source.StartAsync(FetchRoute.OrthancGet, fixture.Server);
            var current = SampleObjects.Ct(SampleOptions.Fresh() with { StudyDate = "20260301" });
            var priors = Enumerable.Range(0, Priors).Select(_ => SampleObjects.Ct(SampleOptions.Fresh() with { PatientId = current.PatientId, StudyDate = "20250301" })).ToList();
            await Killing.SucceedAsync(() => fixture.Web.StowAsync([current.ToPart10()]));
            await source.StoreAsync(priors);
            await _jobs.PutPeerAsync(source.Name, source.Peer);
            var id = await _jobs.StartAsync(new { kind = "prefetch", peer = source.Name, studyInstanceUid = current.StudyInstanceUid, parameters = new { studies = Priors } });
            var begun = Random.Shared.Next(1, Priors);
            await Eventually.TrueAsync(async () => (await _jobs.ListAsync($"kind=fetch&peer={source.Name}")).Count >= begun);
            await victim.KillAsync(fixture.Server, source.KillAsync, source.StartAgainAsync);

            JobClient.AssertDone(await _jobs.EndOfAsync(id, timeoutSeconds: 180), Priors);
            var fetches = await _jobs.ListAsync($"kind=fetch&peer={source.Name}");
            output.WriteLine($"{victim} after {begun} of {Priors} studies: {fetches.Count} jobs");
            Assert.Equal(priors.Select(p => p.StudyInstanceUid).Order(), fetches.Select(f => f.GetProperty("studyInstanceUid").GetString()!).Order());
            foreach (var fetch in fetches) JobClient.AssertDone(await _jobs.EndOfAsync(fetch.GetProperty("id").GetInt64(), timeoutSeconds: 180), 1);
            Assert.Equal(Priors + 1, (await Killing.AnswerAsync(() => fixture.Web.QidoAsync($"instances?PatientID={current.PatientId}"))).Count);
        }
    }

    private async Task FetchAsync(Source source, Victim victim, FetchRoute route)
    {
        var study = SampleObjects.Study(Series, ObjectsOfSeries, SampleOptions.Fresh() with { Rows = 128, Columns = 128 });
        await source.StoreAsync(study);
        await _jobs.PutPeerAsync(source.Name, source.Peer);
        var bytes = study.Sum(o => (long)o.ToPart10().Length);
        source.Relay.BytesPerSecond = (int)(bytes / 2);
        var id = await _jobs.StartAsync(new { kind = "fetch", peer = source.Name, studyInstanceUid = study[0].StudyInstanceUid });

        var share = 0.1 + (Random.Shared.NextDouble() * 0.7);
        await Eventually.TrueAsync(() => source.Relay.BytesPassed >= share * bytes);
        await victim.KillAsync(fixture.Server, source.KillAsync, source.StartAgainAsync);
        source.Relay.BytesPerSecond = null;

        var job = await _jobs.EndOfAsync(id, timeoutSeconds: 180);
        output.WriteLine($"{victim}, {route} at {share:P0}: {source.Relay.Calls.Count} connections, {(double)source.Relay.BytesPassed / bytes:P0} of the bytes");
        JobClient.AssertDone(job, Objects);
        Assert.All(await _jobs.ObjectsAsync(id), o => Assert.Equal("Done", o.GetProperty("state").GetString()));
        var here = await Killing.AnswerAsync(() => fixture.Web.WadoAsync($"studies/{study[0].StudyInstanceUid}"));
        Assert.Equal(study.Select(o => Convert.ToHexString(o.ToDatasetBytes())).Order(StringComparer.Ordinal), here.Select(f => Convert.ToHexString(Part10.DatasetOf(f))).Order(StringComparer.Ordinal));
        Assert.Equal(Objects, (await Killing.AnswerAsync(() => fixture.Web.QidoAsync($"studies/{study[0].StudyInstanceUid}/instances"))).Count);
    }
}
