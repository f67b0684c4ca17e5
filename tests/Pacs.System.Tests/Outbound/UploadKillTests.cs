using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Outbound;

/// <summary>
/// The gateway's uploads to Orthanc, broken off at any moment: no file goes before its object is there, in the end every object is
/// there once and can be had here, and the gateway says so. <c>PACS_KILL_ROUNDS</c> repeats each case.
/// </summary>
public sealed class UploadKillTests(ImpatientServer fixture, ITestOutputHelper output) : IClassFixture<ImpatientServer>
{
    private const int Objects = 40, ObjectsOfRequest = 10;

    private readonly JobClient _jobs = new(fixture.Server.Http);

    [Theory]
    [InlineData(Victim.Worker)]
    [InlineData(Victim.Server)]
    [InlineData(Victim.Database)]
    [InlineData(Victim.Machine)]
    [InlineData(Victim.Peer)]
    public async Task Kill_InTheMiddleOfUploads_EveryObjectIsInTheArchiveOnceAndCanBeHad(Victim victim)
    {
        for (var round = 0; round < Killing.Rounds; round++)
        {
            await using var orthanc = await Orthanc.StartAsync(new OrthancOptions { AeTitle = $"CLOUD{Random.Shared.Next():X8}" });
            await UploadAsync(orthanc, victim);
        }
    }

    private async Task UploadAsync(Orthanc orthanc, Victim victim)
    {
        var (server, peer) = (fixture.Server, orthanc.Dimse.AeTitle);
        using var relay = new TcpRelay(orthanc.Dimse with { Port = orthanc.DicomWeb.Port });
        await PutAsync(peer, relay, store: true);
        var study = SampleObjects.Study(1, Objects, SampleOptions.Fresh() with { Rows = 128, Columns = 128 });
        var bytes = study.Sum(o => (long)o.ToPart10().Length);
        relay.BytesPerSecond = (int)(bytes / 2);
        await Killing.SucceedAsync(() => fixture.Web.StowAsync(study.Select(o => o.ToPart10())));

        var share = 0.1 + (Random.Shared.NextDouble() * 0.8);
        await Eventually.TrueAsync(() => relay.BytesPassed >= share * bytes);
        await victim.KillAsync(server, orthanc.KillAsync, orthanc.StartAgainAsync);
        relay.BytesPerSecond = null;

        var states = new List<string?>();
        await Eventually.TrueAsync(
            async () =>
            {
                // Looked at here first: what has gone by then is there.
                var gone = study.Select(o => o.SopInstanceUid).Except(Files(study)).ToList();
                Assert.Empty(gone.Except(await orthanc.SopInstanceUidsAsync()));
                var objects = await _jobs.ReadAsync($"/api/v1/gateway/objects?peer={peer}&studyInstanceUid={study[0].StudyInstanceUid}&limit=1000");
                states = [.. objects.EnumerateArray().Select(o => o.GetProperty("state").GetString())];
                return states.Count == Objects && gone.Count == Objects && states.All(s => s == "Removed");
            },
            timeoutSeconds: 180,
            what: "every object is removed here");

        output.WriteLine($"{victim} at {share:P0}: {relay.Calls.Count} connections, {(double)relay.BytesPassed / bytes:P0} of the bytes");
        // Sent again is the request that was under way, and that of which the answer was not kept yet.
        Assert.InRange(relay.BytesPassed, bytes * 0.9, bytes * (1.1 + (2.0 * ObjectsOfRequest / Objects)));
        Assert.Equal(study.Select(o => o.SopInstanceUid).Order(StringComparer.Ordinal), await orthanc.SopInstanceUidsAsync());
        var had = await Killing.AnswerAsync(() => fixture.Web.WadoAsync($"studies/{study[0].StudyInstanceUid}"));
        Assert.Equal(study.Select(o => Convert.ToHexString(o.ToDatasetBytes())).Order(StringComparer.Ordinal), had.Select(f => Convert.ToHexString(Part10.DatasetOf(f))).Order(StringComparer.Ordinal));
        var status = (await _jobs.ReadAsync("/api/v1/gateway")).GetProperty("archives").EnumerateArray().Single(a => a.GetProperty("peer").GetString() == peer);
        Assert.Equal((0, 0, Objects), (status.GetProperty("queuedObjects").GetInt32(), status.GetProperty("errors").GetInt32(), status.GetProperty("removedObjects").GetInt32()));
        foreach (var job in await _jobs.ListAsync($"kind=upload&peer={peer}"))
        {
            var end = await _jobs.EndOfAsync(job.GetProperty("id").GetInt64());
            JobClient.AssertDone(end, end.GetProperty("objectsTotal").GetInt32());
        }
        // What the other cases store is not for this archive.
        await PutAsync(peer, relay, store: false);
    }

    private Task PutAsync(string peer, TcpRelay relay, bool store) => _jobs.PutPeerAsync(peer, new
    {
        web = new { url = $"http://127.0.0.1:{relay.Address.Port}/dicom-web", maxInstancesPerRequest = ObjectsOfRequest },
        gateway = new { store, query = "Local", keepMinutes = 0, verification = "Checksum" },
    });

    /// <summary>SOP Instance UIDs of those that have a file here.</summary>
    private IEnumerable<string> Files(IReadOnlyList<SampleObject> study)
    {
        // {instance}.{writer}-{n}.dcm
        var kept = Directory.EnumerateFiles(Path.Combine(fixture.Server.DataFolder, "blobs"), "*.dcm", SearchOption.AllDirectories)
            .Select(f => Path.GetFileNameWithoutExtension(Path.GetFileNameWithoutExtension(f))).ToHashSet();
        return study.Select(o => o.SopInstanceUid).Where(kept.Contains);
    }
}
