using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Outbound;

/// <summary>
/// Forwarding, broken off at any moment: in the end the destination holds every object once and as it was stored, and the job
/// says so. <c>PACS_KILL_ROUNDS</c> repeats each case.
/// </summary>
public sealed class ForwardKillTests(ImpatientProcess fixture, ITestOutputHelper output) : IClassFixture<ImpatientProcess>
{
    private const int Objects = 60;

    /// <summary>A job may send again what it has sent and not reported: at most this share of its bytes with each death.</summary>
    private const double Repeated = 0.5;

    [Theory]
    [InlineData(Victim.Worker, Route.StoreScp)]
    [InlineData(Victim.Worker, Route.OrthancWeb)]
    [InlineData(Victim.Server, Route.StoreScp)]
    [InlineData(Victim.Server, Route.OrthancWeb)]
    [InlineData(Victim.Database, Route.StoreScp)]
    [InlineData(Victim.Database, Route.OrthancWeb)]
    [InlineData(Victim.Machine, Route.OrthancDimse)]
    [InlineData(Victim.Peer, Route.StoreScp)]
    [InlineData(Victim.Peer, Route.OrthancDimse)]
    [InlineData(Victim.Peer, Route.OrthancWeb)]
    public async Task Kill_InTheMiddleOfForwarding_EveryObjectArrivesAndTheJobTellsTheTruth(Victim victim, Route route)
    {
        await using var workers = victim == Victim.Worker
            ? await PacsServer.StartAsync(new PacsServerOptions { Arrangement = Arrangement.ThreeProcesses, Workers = 2, Settings = JobClient.Impatient })
            : null;
        for (var round = 0; round < Killing.Rounds; round++)
        {
            await using var destination = await Destination.StartAsync(route);
            await ForwardAsync(workers ?? fixture.Server, destination, victim);
        }
    }

    private async Task ForwardAsync(PacsServer server, Destination destination, Victim victim)
    {
        var jobs = new JobClient(server.Http);
        await jobs.PutPeerAsync(destination.Name, destination.Peer);
        var study = SampleObjects.Study(1, Objects, SampleOptions.Fresh());
        // A connection to a database that was killed before may still fail.
        await Killing.SucceedAsync(() => new DicomWebClient(server.Http).StowAsync(study.Select(o => o.ToPart10())));
        var bytes = study.Sum(o => (long)o.ToPart10().Length);
        destination.Relay.BytesPerSecond = (int)(bytes / 3);
        var id = await jobs.StartAsync(new { kind = "forward", peer = destination.Name, studyInstanceUid = study[0].StudyInstanceUid });

        foreach (var share in new[] { 0.05 + (Random.Shared.NextDouble() * 0.3), 0.5 + (Random.Shared.NextDouble() * 0.4) })
        {
            await Eventually.TrueAsync(() => destination.Relay.BytesPassed >= share * bytes, timeoutSeconds: 180);
            await victim.KillAsync(server, destination.KillAsync, destination.StartAgainAsync);
        }
        destination.Relay.BytesPerSecond = null;

        var job = await jobs.EndOfAsync(id, timeoutSeconds: 180);
        output.WriteLine($"{victim}, {destination.Name}: {destination.Relay.Calls.Count} connections, {(double)destination.Relay.BytesPassed / bytes:P0} of the bytes");
        JobClient.AssertDone(job, Objects);
        Assert.All(await jobs.ObjectsAsync(id), o => Assert.Equal("Done", o.GetProperty("state").GetString()));
        var kept = await destination.ObjectsAsync();
        Assert.Equal(study.Select(o => o.SopInstanceUid).Order(StringComparer.Ordinal), kept.Keys.Order(StringComparer.Ordinal));
        Assert.All(study, o => Assert.Equal(o.ToDatasetBytes(), kept[o.SopInstanceUid]));
        Assert.InRange(destination.Relay.BytesPassed, bytes * 0.9, bytes * (1.1 + (2 * Repeated)));
    }
}
