using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Gateway;

/// <summary>DCMTK's programs at a gateway, with an archive behind it: Orthanc, and another of these servers.</summary>
public sealed class GatewayTests(OneProcessServer fixture) : IClassFixture<OneProcessServer>
{
    private readonly PacsServer _server = fixture.Server;

    [Fact]
    public async Task StoreScu_OrthancBehind_ComesBackByteForByteToGetScuMoveScuAndWado()
    {
        await using var orthanc = await Orthanc.StartAsync();
        await RoundTripAsync(orthanc.DicomWeb, async () => await orthanc.SopInstanceUidsAsync());
    }

    [Fact]
    public async Task StoreScu_AnotherPacsBehind_ComesBackByteForByteToGetScuMoveScuAndWado()
    {
        await using var archive = await PacsServer.StartAsync(new PacsServerOptions { MakesItsIndex = true });
        var web = new DicomWebClient(archive.Http);
        await RoundTripAsync(new Uri(archive.Http.BaseAddress!, "/dicomweb/"), async () =>
            [.. (await web.QidoAsync("instances")).Select(m => DicomWebClient.ValueOf(m, "00080018")!).Order(StringComparer.Ordinal)]);
    }

    /// <summary>What only the archive has is found and had here; and when the archive is away that is said.</summary>
    [Fact]
    public async Task FindScu_StudyOnlyOrthancHas_IsFoundAndRetrievedThroughUntilItIsAway()
    {
        using var folder = new TemporaryFolder();
        await using var orthanc = await Orthanc.StartAsync();
        var options = SampleOptions.Fresh();
        var there = SampleObjects.Study(2, 3, options);
        await orthanc.StoreAsync(there.Select(s => s.ToPart10()));
        var here = SampleObjects.Ct(SampleOptions.Fresh() with { PatientId = there[0].PatientId });
        Assert.Null(await fixture.Web.StowAsync(here.ToPart10()));
        var peer = await PutAsync(orthanc.DicomWeb, "Merged", store: false);

        var studies = await Dcmtk.FindScuAsync(_server.Dimse, ["QueryRetrieveLevel=STUDY", $"PatientID={here.PatientId}", "StudyInstanceUID"], folder);
        Assert.Equal(2, studies.Count);
        Assert.Contains("NEARLINE", await Dcmtk.DumpAsync(studies[1]), StringComparison.Ordinal);
        var series = await fixture.Web.QidoAsync($"studies/{there[0].StudyInstanceUid}/series");
        Assert.Equal(there.Select(s => s.SeriesInstanceUid).Distinct().Order(), series.Select(m => DicomWebClient.ValueOf(m, "0020000E")).Order());
        await AssertRetrievedAsync(there);
        Assert.Equal(there.Count, (await JsonAsync($"/dicomweb/studies/{there[0].StudyInstanceUid}/metadata")).AsArray().Count);
        using (var frame = await _server.Http.GetAsync($"/dicomweb/studies/{there[0].StudyInstanceUid}/series/{there[0].SeriesInstanceUid}/instances/{there[0].SopInstanceUid}/frames/1"))
            Assert.Equal(HttpStatusCode.OK, frame.StatusCode);

        await orthanc.KillAsync();
        var left = await Dcmtk.FindScuAsync(_server.Dimse, ["QueryRetrieveLevel=STUDY", $"PatientID={here.PatientId}", "StudyInstanceUID"], "-d");
        Assert.Contains(here.StudyInstanceUid, left.AllOutput, StringComparison.Ordinal);
        Assert.Contains("does not answer", left.AllOutput, StringComparison.Ordinal);
        using (var found = await _server.Http.GetAsync($"/dicomweb/studies?PatientID={here.PatientId}"))
        {
            Assert.Contains(found.Headers.GetValues("Warning"), w => w.Contains("does not answer", StringComparison.Ordinal));
            Assert.Single(JsonNode.Parse(await found.Content.ReadAsStringAsync())!.AsArray());
        }
        using (var study = await _server.Http.GetAsync($"/dicomweb/studies/{here.StudyInstanceUid}")) Assert.Equal(HttpStatusCode.PartialContent, study.StatusCode);
        await RemoveAsync(peer);
    }

    /// <summary>Each would give up what the other holds, and ask the other what the other asks it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Store_TwoServersBehindEachOtherOrOneBehindItself_NeitherGivesUpAFileNorAsksInACircle(bool isItself)
    {
        await using var first = await PacsServer.StartAsync();
        await using var second = isItself ? null : await PacsServer.StartAsync(new PacsServerOptions { MakesItsIndex = true });
        List<(PacsServer Server, PacsServer Behind)> both = [(first, second ?? first)];
        if (second is not null) both.Add((second, first));
        var settings = new { store = true, query = "Merged", keepMinutes = 0 };
        foreach (var (server, behind) in both)
        {
            using var put = await server.Http.PutAsJsonAsync("/api/v1/peers/BEHIND", new { web = new { url = new Uri(behind.Http.BaseAddress!, "/dicomweb/").ToString() }, gateway = settings });
            put.EnsureSuccessStatusCode();
        }
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        foreach (var sample in study) Assert.Null(await new DicomWebClient(first.Http).StowAsync(sample.ToPart10()));

        foreach (var (server, _) in both)
            await Eventually.TrueAsync(async () => ((string?)JsonNode.Parse(await server.Http.GetStringAsync("/api/v1/gateway"))!["archives"]![0]!["lastFailure"])?.Contains("508", StringComparison.Ordinal) == true);
        foreach (var (server, _) in both)
        {
            Assert.Equal(study.Count, Directory.EnumerateFiles(Path.Combine(server.DataFolder, "blobs"), "*.dcm", SearchOption.AllDirectories).Count());
            Assert.Single(await new DicomWebClient(server.Http).QidoAsync("studies"));
            AssertSame(study, await new DicomWebClient(server.Http).WadoAsync($"studies/{study[0].StudyInstanceUid}"));
            using var none = await server.Http.GetAsync("/dicomweb/studies/1.2.3");
            Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        }
    }

    private async Task RoundTripAsync(Uri dicomWeb, Func<Task<IReadOnlyList<string>>> uids)
    {
        using var folder = new TemporaryFolder();
        var peer = await PutAsync(dicomWeb, "Local", store: true);
        var options = SampleOptions.Fresh();
        SampleObject[] study = [.. SampleObjects.Study(2, 5, options), SampleObjects.Encapsulated(options with { SeriesNumber = 9 })];
        (await Dcmtk.StoreScuAsync(_server.Dimse, study.SkipLast(1).Select(s => s.WriteTo(folder.Path)), "-xe", "-R")).EnsureSucceeded();
        (await Dcmtk.StoreScuAsync(_server.Dimse, [study[^1].WriteTo(folder.Path)], "-xy", "-R")).EnsureSucceeded();
        await Eventually.TrueAsync(async () =>
            (await JsonAsync($"/api/v1/gateway/objects?peer={peer}&studyInstanceUid={study[0].StudyInstanceUid}")).AsArray() is var all && all.Count == study.Length && all.All(o => (string?)o!["state"] == "Removed"));
        await Eventually.TrueAsync(() => !Directory.EnumerateFiles(Path.Combine(_server.DataFolder, "blobs"), "*.dcm", SearchOption.AllDirectories).Any(f => f.Contains(study[0].StudyInstanceUid, StringComparison.Ordinal)));
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(StringComparer.Ordinal), await uids());
        await AssertRetrievedAsync(study);
        var status = (await JsonAsync("/api/v1/gateway"))["archives"]!.AsArray().Single(a => (string?)a!["peer"] == peer)!;
        Assert.Equal((0, 0, study.Length), ((int)status["queuedObjects"]!, (int)status["errors"]!, (int)status["removedObjects"]!));
        // What the other tests store is not for this one.
        await PutAsync(dicomWeb, "Local", store: false, peer);
    }

    private async Task AssertRetrievedAsync(IReadOnlyList<SampleObject> study)
    {
        using var folder = new TemporaryFolder();
        string[] keys = ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={study[0].StudyInstanceUid}"];
        await using var destination = await StoreScp.StartAsync($"DEST{Random.Shared.Next(1_000_000)}", "--fork");
        using (var added = await _server.Http.PutAsJsonAsync($"/api/v1/peers/{destination.Address.AeTitle}", new { host = destination.Address.Host, port = destination.Address.Port })) added.EnsureSuccessStatusCode();
        (await Dcmtk.MoveScuAsync(_server.Dimse, destination.Address.AeTitle, keys)).EnsureSucceeded();
        AssertSame(study, destination.Files.Select(File.ReadAllBytes));
        var native = study.Where(s => s.TransferSyntax.IsNative).ToList();
        (await Dcmtk.GetScuAsync(_server.Dimse, folder.Path, [.. keys.Select(k => k.Replace("STUDY", "SERIES", StringComparison.Ordinal)), $"SeriesInstanceUID={native[0].SeriesInstanceUid}"])).EnsureSucceeded();
        AssertSame([.. native.Where(s => s.SeriesInstanceUid == native[0].SeriesInstanceUid)], Directory.GetFiles(folder.Path).Select(File.ReadAllBytes));
        AssertSame(study, await fixture.Web.WadoAsync($"studies/{study[0].StudyInstanceUid}"));
    }

    private static void AssertSame(IReadOnlyList<SampleObject> samples, IEnumerable<byte[]> files) => Assert.Equal(
        samples.Select(s => Convert.ToHexString(global::System.Security.Cryptography.SHA256.HashData(s.ToDatasetBytes()))).Order(),
        files.Select(f => Convert.ToHexString(global::System.Security.Cryptography.SHA256.HashData(Part10.DatasetOf(f)))).Order());

    private async Task<string> PutAsync(Uri dicomWeb, string query, bool store, string? known = null)
    {
        var peer = known ?? $"CLOUD{Random.Shared.Next(1_000_000)}";
        using var response = await _server.Http.PutAsJsonAsync($"/api/v1/peers/{peer}", new { web = new { url = dicomWeb.ToString() }, gateway = new { store, query, keepMinutes = 0, verification = "Checksum" } });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return peer;
    }

    private async Task RemoveAsync(string peer)
    {
        using var response = await _server.Http.DeleteAsync($"/api/v1/peers/{peer}");
        response.EnsureSuccessStatusCode();
    }

    private async Task<JsonNode> JsonAsync(string path) => JsonNode.Parse(await _server.Http.GetStringAsync(path))!;
}
