using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Outbound;

/// <summary>
/// Storage commitment asked of Orthanc, broken off at any moment, with requests and reports lost: in the end it has committed itself
/// to every object, and the job says so. <c>PACS_KILL_ROUNDS</c> repeats each case.
/// </summary>
public sealed class CommitKillTests(ImpatientServer fixture, ITestOutputHelper output) : IClassFixture<ImpatientServer>
{
    private const int Objects = 24, ObjectsOfRequest = 2;

    private readonly JobClient _jobs = new(fixture.Server.Http);

    [Theory]
    [InlineData(Victim.Worker)]
    [InlineData(Victim.Server)]
    [InlineData(Victim.Database)]
    [InlineData(Victim.Machine)]
    [InlineData(Victim.Peer)]
    public async Task Kill_InTheMiddleOfCommitment_EveryObjectIsCommittedAndTheJobTellsTheTruth(Victim victim)
    {
        for (var round = 0; round < Killing.Rounds; round++) await CommitAsync(victim);
    }

    private async Task CommitAsync(Victim victim)
    {
        var server = fixture.Server;
        var name = $"SAFE{Random.Shared.Next():X8}";
        await using var orthanc = await Orthanc.StartAsync(new OrthancOptions { AeTitle = name, Modalities = [server.Dimse] });
        using var relay = new TcpRelay(orthanc.Dimse);
        var study = SampleObjects.Study(1, Objects, SampleOptions.Fresh());
        await orthanc.StoreAsync(study.Select(o => o.ToPart10()));
        await Killing.SucceedAsync(() => fixture.Web.StowAsync(study.Select(o => o.ToPart10())));
        await _jobs.PutPeerAsync(name, new { host = relay.Address.Host, port = relay.Address.Port, commitment = new { maxReferences = ObjectsOfRequest, waitSeconds = 2, reportTimeoutSeconds = 3 } });
        var id = await _jobs.StartAsync(new { kind = "commit", peer = name, studyInstanceUid = study[0].StudyInstanceUid });

        var calls = Random.Shared.Next(1, Objects / ObjectsOfRequest);
        await Eventually.TrueAsync(() => relay.Calls.Count >= calls);
        await victim.KillAsync(server, orthanc.KillAsync, orthanc.StartAgainAsync);

        var job = await _jobs.EndOfAsync(id, timeoutSeconds: 180);
        output.WriteLine($"{victim} at request {calls}: {relay.Calls.Count} requests");
        JobClient.AssertDone(job, Objects);
        Assert.All(await _jobs.ObjectsAsync(id), o => Assert.Equal("Done", o.GetProperty("state").GetString()));
        var promises = (await _jobs.ReadAsync($"/api/v1/studies/{study[0].StudyInstanceUid}/remote-commitments?peer={name}")).EnumerateArray();
        Assert.Equal(
            study.Select(o => o.SopInstanceUid).Order(StringComparer.Ordinal),
            promises.Where(p => p.GetProperty("isCurrent").GetBoolean()).Select(p => p.GetProperty("sopInstanceUid").GetString()!).Order(StringComparer.Ordinal));
    }
}
