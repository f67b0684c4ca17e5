using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pacs.Storage.Gateway;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;
using static Pacs.Api.Tests.Hosting.ApiServer;

namespace Pacs.Api.Tests.Gateway;

/// <summary>QIDO-RS where an archive behind this one answers, too: nothing twice, nothing left out without a word.</summary>
public sealed class ThroughSearchTests(GatewayServer server) : IClassFixture<GatewayServer>, IAsyncLifetime
{
    private ScriptedDicomWeb _archive = null!;

    public async Task InitializeAsync() => _archive = await ScriptedDicomWeb.StartAsync();

    public async Task DisposeAsync()
    {
        server.Postgres.Query("DELETE FROM peers");
        await _archive.DisposeAsync();
    }

    [Fact]
    public async Task Search_Merged_PagesOverBothAndTellsNothingTwice()
    {
        var (patient, here, there) = await ThreeHereFourThereAsync();
        await server.PutAsync(_archive, GatewayQuery.Merged);
        var wanted = here.Concat(there).Select(s => s.StudyInstanceUid).ToHashSet();
        Assert.Equal(5, wanted.Count);
        foreach (var size in new[] { 1, 2, 3, 4, 5, 100 })
        {
            var told = new List<string>();
            for (var offset = 0; offset < wanted.Count; offset += size)
            {
                using var response = await server.GetAsync($"/dicomweb/studies?PatientID={patient}&limit={size}&offset={offset}");
                var page = await UidsAsync(response, "0020000D");
                Assert.Equal(Math.Min(size, wanted.Count - offset), page.Count);
                Assert.Equal(offset + size < wanted.Count, response.Headers.TryGetValues("Warning", out var warnings) && warnings.Any(w => w.Contains("additional results", StringComparison.Ordinal)));
                told.AddRange(page);
            }
            // What is here comes first, on whichever page.
            Assert.Equal(here.Select(s => s.StudyInstanceUid).Order(), told.Take(here.Count).Order());
            Assert.Equal(wanted.Order(), told.Order());
        }
        using var behind = await server.GetAsync($"/dicomweb/studies?PatientID={patient}&limit=2&offset=5");
        Assert.Empty(await UidsAsync(behind, "0020000D"));
    }

    /// <summary>UIDs of matches become part of addresses, ours among them.</summary>
    [Theory]
    [InlineData("1.2/../../../api/v1/peers")]
    [InlineData("1.2?x=y")]
    [InlineData("")]
    public async Task Search_ArchiveTellsNoUid_IsLeftOut(string uid)
    {
        await server.PutAsync(_archive, GatewayQuery.Merged);
        _archive.Then(async context =>
        {
            context.Response.ContentType = "application/dicom+json";
            await context.Response.WriteAsync($$$"""[{"0020000D":{"vr":"UI","Value":["{{{uid}}}"]}},{"0020000D":{"vr":"UI","Value":["1.2.3"]}}]""");
            return true;
        });
        using var response = await server.GetAsync("/dicomweb/studies?PatientID=NOBODY-HERE");
        Assert.Equal(["1.2.3"], await UidsAsync(response, "0020000D"));
    }

    [Fact]
    public async Task Search_Archive_TellsWhatItHasAndNoMore()
    {
        var (patient, _, there) = await ThreeHereFourThereAsync();
        await server.PutAsync(_archive, GatewayQuery.Archive);
        using var all = await server.GetAsync($"/dicomweb/studies?PatientID={patient}");
        Assert.Equal(there.Select(s => s.StudyInstanceUid).Order(), (await UidsAsync(all, "0020000D")).Order());
        using var page = await server.GetAsync($"/dicomweb/studies?PatientID={patient}&limit=2&offset=3");
        Assert.Single(await UidsAsync(page, "0020000D"));
    }

    [Fact]
    public async Task Search_ArchiveHasMoreOfTheStudy_IsMergedAtEveryLevelAndRetrievedWhole()
    {
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        await server.StoreAsync(study[0]);
        foreach (var sample in study) _archive.Add(sample.ToPart10());
        await server.PutAsync(_archive, GatewayQuery.Merged);
        var root = $"/dicomweb/studies/{study[0].StudyInstanceUid}";
        using (var studies = await server.GetAsync($"/dicomweb/studies?StudyInstanceUID={study[0].StudyInstanceUid}")) Assert.Single(await UidsAsync(studies, "0020000D"));
        using (var series = await server.GetAsync($"{root}/series")) Assert.Equal(study.Select(s => s.SeriesInstanceUid).Distinct().Order(), (await UidsAsync(series, "0020000E")).Order());
        using (var instances = await server.GetAsync($"{root}/instances")) Assert.Equal(study.Select(s => s.SopInstanceUid).Order(), (await UidsAsync(instances, "00080018")).Order());
        using (var instances = await server.GetAsync($"{root}/series/{study[0].SeriesInstanceUid}/instances"))
            Assert.Equal(study.Where(s => s.SeriesInstanceUid == study[0].SeriesInstanceUid).Select(s => s.SopInstanceUid).Order(), (await UidsAsync(instances, "00080018")).Order());
        using var whole = await server.GetAsync(root);
        var parts = await PartsAsync(whole);
        Assert.Equal(4, parts.Count);
    }

    [Fact]
    public async Task Search_ArchiveIsAway_TellsSoWithWhatIsHere()
    {
        var (patient, here, _) = await ThreeHereFourThereAsync();
        await server.PutAsync(_archive, GatewayQuery.Merged);
        _archive.Intercept = context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.FromResult(true);
        };
        using var response = await server.GetAsync($"/dicomweb/studies?PatientID={patient}");
        Assert.Equal(here.Count, (await UidsAsync(response, "0020000D")).Count);
        Assert.Contains(response.Headers.GetValues("Warning"), w => w.Contains("does not answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Search_ArchiveIsTooSlow_TellsSoWithWhatIsHere()
    {
        var (patient, here, _) = await ThreeHereFourThereAsync();
        await server.PutAsync(_archive, GatewayQuery.Archive, timeoutSeconds: 1);
        _archive.ThenWait(new TaskCompletionSource().Task);
        using var response = await server.GetAsync($"/dicomweb/studies?PatientID={patient}");
        Assert.Equal(here.Count, (await UidsAsync(response, "0020000D")).Count);
        Assert.Contains(response.Headers.GetValues("Warning"), w => w.Contains("does not answer", StringComparison.Ordinal));
    }

    /// <summary>Once it has answered, its matches are part of the answer, and half of them are none. Before its first it is away.</summary>
    [Fact]
    public async Task Search_ArchiveBreaksOff_IsNeverAShorterAnswerWithoutAWord()
    {
        var (patient, _, there) = await ThreeHereFourThereAsync();
        await server.PutAsync(_archive, GatewayQuery.Merged);
        _archive.Then(async context =>
        {
            context.Response.ContentType = "application/dicom+json";
            await context.Response.WriteAsync($$$"""[{"0020000D":{"vr":"UI","Value":["{{{there[3].StudyInstanceUid}}}"]}},""");
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        });
        using var response = await server.GetAsync($"/dicomweb/studies?PatientID={patient}");
        if (response.StatusCode == HttpStatusCode.OK) Assert.Contains(response.Headers.GetValues("Warning"), w => w.Contains("does not answer", StringComparison.Ordinal));
        else await AssertProblemAsync(503, response);
    }

    /// <summary>Two of the archive's four are here as well.</summary>
    private async Task<(string PatientId, IReadOnlyList<SampleObject> Here, IReadOnlyList<SampleObject> There)> ThreeHereFourThereAsync()
    {
        var patient = $"P{Random.Shared.Next():X8}";
        var all = Enumerable.Range(0, 5).Select(_ => SampleObjects.Ct(SampleOptions.Fresh() with { PatientId = patient })).ToList();
        var (here, there) = (all[..3], all[1..]);
        await server.StoreAsync(here);
        foreach (var sample in there) _archive.Add(sample.ToPart10());
        return (patient, here, there);
    }

    private static async Task<IReadOnlyList<string>> UidsAsync(HttpResponseMessage response, string tag)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent, text);
        return text.Length == 0 ? [] : [.. JsonDocument.Parse(text).RootElement.EnumerateArray().Select(m => m.GetProperty(tag).GetProperty("Value")[0].GetString()!)];
    }
}
