using System.Net;
using Microsoft.AspNetCore.Http;
using Pacs.Storage.Gateway;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;
using static Pacs.Api.Tests.Hosting.ApiServer;

namespace Pacs.Api.Tests.Gateway;

/// <summary>WADO where an archive behind this one has the files: whole, or visibly not.</summary>
public sealed class ThroughRetrieveTests(GatewayServer server) : IClassFixture<GatewayServer>, IAsyncLifetime
{
    private const string Any = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

    private ScriptedDicomWeb _archive = null!;

    public async Task InitializeAsync() => _archive = await ScriptedDicomWeb.StartAsync();

    public async Task DisposeAsync()
    {
        server.Postgres.Query("DELETE FROM peers");
        await _archive.DisposeAsync();
    }

    [Theory]
    [InlineData(64, Any)]
    [InlineData(1024, Any)]
    [InlineData(64, "application/dicom; transfer-syntax=*")]
    [InlineData(1024, "application/dicom; transfer-syntax=*")]
    [InlineData(1024, "application/zip; transfer-syntax=*")]
    public async Task Instance_ArchiveOfItsFileBreaksOff_IsNeverAShorterOne(int size, string accept)
    {
        var sample = Sample(size);
        await server.GiveUpAsync(_archive, sample);
        _archive.Intercept = GatewayServer.BreakingOff(sample);
        await AssertNotWholeAsync(PathOf(sample), accept);
        _archive.Intercept = _ => Task.FromResult(false);
        using var again = await server.GetAsync(PathOf(sample), Any);
        AssertIs(sample, Assert.Single(await PartsAsync(again)).Data);
    }

    [Theory]
    [InlineData(Any)]
    [InlineData("application/zip; transfer-syntax=*")]
    public async Task Study_ArchiveBreaksOffInTheMiddle_IsNeverAShorterOne(string accept)
    {
        var study = SampleObjects.Study(1, 4, SampleOptions.Fresh() with { Rows = 512, Columns = 512 });
        foreach (var sample in study) _archive.Add(sample.ToPart10());
        await server.PutAsync(_archive, GatewayQuery.Merged);
        _archive.Intercept = GatewayServer.BreakingOff(study[2]);
        await AssertNotWholeAsync($"/dicomweb/studies/{study[0].StudyInstanceUid}", accept);
        _archive.Intercept = _ => Task.FromResult(false);
        using var again = await server.GetAsync($"/dicomweb/studies/{study[0].StudyInstanceUid}", Any);
        Assert.Equal(4, (await PartsAsync(again)).Count);
    }

    /// <summary>404 says that there is none; an archive that does not answer says nothing.</summary>
    [Fact]
    public async Task Instance_ArchiveIsAway_Is503AndOnlyWithItsWordA404()
    {
        var sample = Sample(64);
        await server.PutAsync(_archive, GatewayQuery.Merged);
        await AssertProblemAsync(404, await server.GetAsync(PathOf(sample), Any));
        foreach (var path in new[] { PathOf(sample), PathOf(sample) + "/frames/1", $"/dicomweb/studies/{sample.StudyInstanceUid}" })
        {
            _archive.Intercept = context =>
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return Task.FromResult(true);
            };
            await AssertProblemAsync(503, await server.GetAsync(path));
        }
        // What it has and does not give is not nothing either.
        _archive.Add(sample.ToPart10());
        _archive.Intercept = GatewayServer.BreakingOff(sample);
        await AssertProblemAsync(503, await server.GetAsync(PathOf(sample), Any));
        _archive.Intercept = _ => Task.FromResult(false);
        using var whole = await server.GetAsync(PathOf(sample), Any);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Instance_ManyReaders_ShareOneFetch(bool isKnownHere)
    {
        var sample = Sample(512);
        if (isKnownHere)
        {
            await server.GiveUpAsync(_archive, sample);
        }
        else
        {
            _archive.Add(sample.ToPart10());
            await server.PutAsync(_archive, GatewayQuery.Merged);
        }
        var (under, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _archive.Then(async _ =>
        {
            under.TrySetResult();
            await go.Task;
            return false;
        });
        var readers = Enumerable.Range(0, 12).Select(_ => server.GetAsync(PathOf(sample), Any)).ToList();
        // One that leaves takes nothing from the others.
        using (var leaving = new CancellationTokenSource())
        {
            var left = server.Http.GetAsync(PathOf(sample), leaving.Token);
            await under.Task;
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        }
        go.SetResult();
        foreach (var reader in readers)
        {
            using var response = await reader;
            AssertIs(sample, Assert.Single(await PartsAsync(response)).Data);
        }
        Assert.Equal(1, _archive.Exchanges.Count(e => e.Method == "GET" && e.PathAndQuery.EndsWith(sample.SopInstanceUid, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Delete_StudyWhoseFilesAreAtTheArchive_LeavesTheArchivesOwn()
    {
        var sample = Sample(64);
        await server.GiveUpAsync(_archive, sample);
        using (var deleted = await server.Http.DeleteAsync($"/api/v1/studies/{sample.StudyInstanceUid}")) Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        await AssertProblemAsync(410, await server.GetAsync(PathOf(sample), Any));
        // Where the archive answers, what it has is had as of any other study that is only there.
        await server.PutAsync(_archive, GatewayQuery.Merged);
        using var there = await server.GetAsync(PathOf(sample), Any);
        AssertIs(sample, Assert.Single(await PartsAsync(there)).Data);
    }

    /// <summary>A response that tells that it failed, or one that does not come to its end.</summary>
    private async Task AssertNotWholeAsync(string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        HttpResponseMessage response;
        try
        {
            response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (HttpRequestException)
        {
            return;
        }
        using (response)
        {
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable) return;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync());
        }
    }

    private static void AssertIs(SampleObject sample, byte[] file) => Assert.Equal(sample.ToDatasetBytes(), file[^sample.ToDatasetBytes().Length..]);

    private static SampleObject Sample(int size) => SampleObjects.Ct(SampleOptions.Fresh() with { Rows = size, Columns = size });

    private static string PathOf(SampleObject sample) => $"/dicomweb/studies/{sample.StudyInstanceUid}/series/{sample.SeriesInstanceUid}/instances/{sample.SopInstanceUid}";
}
