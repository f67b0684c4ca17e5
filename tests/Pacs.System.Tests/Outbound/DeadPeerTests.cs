using Pacs.Dicom.Dictionaries;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Outbound;

/// <summary>Much work for one peer: while it is away it is left in peace, and when it is back it gets everything, in order.</summary>
public sealed class DeadPeerTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Forward_TenThousandObjectsToAPeerThatIsAway_DrainInOrderWithoutAStorm()
    {
        const int Studies = 10, Objects = 100, Jobs = 100, Associations = 2, Tries = 6;
        await using var server = await PacsServer.StartAsync(new PacsServerOptions { Settings = JobClient.Impatient });
        using var sink = new RecordingScp(Uids.CTImageStorage, $"DEAD{Random.Shared.Next():X8}");
        using var relay = new TcpRelay(sink.Address) { IsAway = true };
        var jobs = new JobClient(server.Http);
        await jobs.PutPeerAsync(relay.Address.AeTitle, new { host = relay.Address.Host, port = relay.Address.Port, outbound = new { maxAssociations = Associations } });
        var studies = Enumerable.Range(0, Studies).Select(_ => SampleObjects.Study(1, Objects, SampleOptions.Fresh() with { Rows = 8, Columns = 8 })).ToList();
        foreach (var study in studies)
        {
            using var stored = await new DicomWebClient(server.Http).StowAsync(study.Select(o => o.ToPart10()));
            stored.EnsureSuccessStatusCode();
        }

        var since = DateTime.UtcNow;
        var ids = new List<long>();
        foreach (var i in Enumerable.Range(0, Jobs))
            ids.Add(await jobs.StartAsync(new { kind = "forward", peer = relay.Address.AeTitle, studyInstanceUid = studies[i % Studies][0].StudyInstanceUid }));
        await Eventually.TrueAsync(() => relay.Calls.Count >= Tries);
        var (away, seconds) = (relay.Calls.Count, (DateTime.UtcNow - since).TotalSeconds);
        Assert.Empty(sink.Requests);
        relay.IsAway = false;
        foreach (var id in ids) Assert.Equal("Done", (await jobs.EndOfAsync(id, 180)).GetProperty("state").GetString());

        var back = relay.Calls.Count - away;
        output.WriteLine($"{away} calls while it was away for {seconds:N0} s, {back} when it was back, {relay.MostAtOnce} connections at once, {sink.Requests.Count} objects");
        // At first a job of each association, then one try after half a second, and after a second or two each further one.
        Assert.InRange(away, Tries, Associations + 2 + seconds);
        Assert.InRange(back, 1, Jobs + Associations);
        Assert.InRange(relay.MostAtOnce, 1, Associations);
        Assert.Equal(Jobs * Objects, sink.Requests.Count);

        var started = new List<DateTimeOffset>();
        foreach (var id in ids) started.Add((await jobs.GetAsync(id)).GetProperty("startedAt").GetDateTimeOffset());
        Assert.Equal(started.Order(), started);
    }
}
