using System.Net.Http.Json;
using System.Text.Json;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.ForeignPeers;

/// <summary>Storage commitment asked of archives that exist: Orthanc, which reports on an association of its own, and another of these by DIMSE and by DICOMweb.</summary>
public sealed class CommitmentPeerTests(OneProcessServer archive, OtherArchive another) : IClassFixture<OneProcessServer>, IClassFixture<OtherArchive>
{
    [Fact]
    public async Task Commit_OrthancReportsOnItsOwnAssociation_AndDeniesWhatItHasNot()
    {
        var server = archive.Server;
        await using var orthanc = await Orthanc.StartAsync(new OrthancOptions { AeTitle = "ORTHANC", Modalities = [server.Dimse] });
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        foreach (var sample in study) Assert.True((await new TestScu(server.Dimse).StoreAsync(sample))!.Status.IsSuccess);
        (await server.Http.PutAsJsonAsync("/api/v1/peers/ORTHANC", new { host = "127.0.0.1", port = orthanc.Dimse.Port })).EnsureSuccessStatusCode();

        // It has two of three.
        await orthanc.StoreAsync(study.Take(2).Select(s => s.ToPart10()));
        var refused = await EndedAsync(server, await StartAsync(server, new { kind = "commit", peer = "ORTHANC", studyInstanceUid = study[0].StudyInstanceUid }));
        Assert.Equal(("Failed", 2, 1), (refused.GetProperty("state").GetString(), refused.GetProperty("objectsDone").GetInt32(), refused.GetProperty("objectsFailed").GetInt32()));
        Assert.Equal(2, await HeldAsync(server, study, "ORTHANC"));

        // Forwarded with the wish for commitment, it has all.
        await StartAsync(server, new { kind = "forward", peer = "ORTHANC", studyInstanceUid = study[0].StudyInstanceUid, parameters = new { commit = true } });
        await Eventually.TrueAsync(async () => await HeldAsync(server, study, "ORTHANC") == 3, what: "Orthanc has committed itself");
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(0, false)]
    [InlineData(10, true)]
    public async Task Commit_AnotherArchive_ReportsOnTheSameAssociationOrALaterOneOrByDicomWeb(int waitSeconds, bool web)
    {
        var (server, other) = (archive.Server, another.Server);
        var study = SampleObjects.Study(1, 2, SampleOptions.Fresh());
        foreach (var sample in study) Assert.True((await new TestScu(server.Dimse).StoreAsync(sample))!.Status.IsSuccess);
        object peer = web
            ? new { web = new { url = new Uri(other.Http.BaseAddress!, "/dicomweb").ToString() } }
            : new { host = "127.0.0.1", port = other.Dimse.Port, commitment = new { waitSeconds } };
        (await server.Http.PutAsJsonAsync("/api/v1/peers/OTHER", peer)).EnsureSuccessStatusCode();
        (await other.Http.PutAsJsonAsync("/api/v1/peers/PACS", new { host = "127.0.0.1", port = server.Dimse.Port })).EnsureSuccessStatusCode();

        await StartAsync(server, new { kind = "forward", peer = "OTHER", studyInstanceUid = study[0].StudyInstanceUid, parameters = new { commit = true } });
        await Eventually.TrueAsync(async () => await HeldAsync(server, study, "OTHER") == 2, what: "the other archive has committed itself");
        if (web) return;
        // The latest comes first.
        var reported = JsonDocument.Parse(await other.Http.GetStringAsync("/api/v1/commitments")).RootElement.EnumerateArray().First();
        Assert.Equal(("PACS", 2), (reported.GetProperty("requester").GetString(), reported.GetProperty("objectsCommitted").GetInt32()));
    }

    private static async Task<long> StartAsync(PacsServer server, object job)
    {
        using var response = await server.Http.PostAsJsonAsync("/api/v1/jobs", job);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt64();
    }

    private static async Task<JsonElement> EndedAsync(PacsServer server, long job)
    {
        JsonElement found = default;
        await Eventually.TrueAsync(async () =>
        {
            found = JsonDocument.Parse(await server.Http.GetStringAsync($"/api/v1/jobs/{job}")).RootElement;
            return found.GetProperty("state").GetString() is "Done" or "Failed";
        }, what: "the job has ended");
        return found;
    }

    private static async Task<int> HeldAsync(PacsServer server, IReadOnlyList<SampleObject> study, string peer)
    {
        var listed = JsonDocument.Parse(await server.Http.GetStringAsync($"/api/v1/studies/{study[0].StudyInstanceUid}/remote-commitments?peer={peer}")).RootElement;
        return listed.EnumerateArray().Count(c => c.GetProperty("isCurrent").GetBoolean());
    }
}
