using Pacs.Dicom.Files;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Outbound;

/// <summary>Two live workers share the work, and none does what the other does.</summary>
public sealed class SharedWorkTests
{
    [Fact]
    public async Task Forward_TwoLiveWorkers_ShareTheJobsAndNoObjectIsSentTwice()
    {
        const int Jobs = 40, Objects = 10;
        // Nobody dies here: a worker that gets no processor for a while is to keep what it has.
        await using var server = await PacsServer.StartAsync(new PacsServerOptions
        {
            Arrangement = Arrangement.ThreeProcesses,
            Workers = 2,
            Settings = new Dictionary<string, string> { ["PACS__Jobs__LeaseSeconds"] = "60" },
        });
        await using var destination = await StoreScp.StartAsync($"TWO{Random.Shared.Next():X8}", "--fork", "+uf");
        var jobs = new JobClient(server.Http);
        await jobs.PutPeerAsync(destination.Address.AeTitle, new { host = destination.Address.Host, port = destination.Address.Port });
        var web = new DicomWebClient(server.Http);
        var studies = Enumerable.Range(0, Jobs).Select(_ => SampleObjects.Study(1, Objects, SampleOptions.Fresh() with { Rows = 16, Columns = 16 })).ToList();
        foreach (var study in studies)
        {
            using var stored = await web.StowAsync(study.Select(o => o.ToPart10()));
            stored.EnsureSuccessStatusCode();
        }

        var ids = new List<long>();
        foreach (var study in studies) ids.Add(await jobs.StartAsync(new { kind = "forward", peer = destination.Address.AeTitle, studyInstanceUid = study[0].StudyInstanceUid }));
        foreach (var id in ids) Assert.Equal("Done", (await jobs.EndOfAsync(id, timeoutSeconds: 180)).GetProperty("state").GetString());

        // With unique names every request leaves a file, also the second of one object.
        var arrived = destination.Files.Select(f => DicomFile.Open(f).FileMeta.MediaStorageSopInstanceUid);
        Assert.Equal(studies.SelectMany(s => s).Select(o => o.SopInstanceUid).Order(StringComparer.Ordinal), arrived.Order(StringComparer.Ordinal));
    }
}
