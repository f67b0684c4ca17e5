using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Rest;

/// <summary>The change feed over HTTP.</summary>
public sealed class ChangeTests : ApiServer
{
    [Fact]
    public async Task Read_StoredAndDeleted_TellsBothOfThoseAskedFor()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(sample);
        using (await Http.DeleteAsync($"/api/v1/studies/{sample.StudyInstanceUid}")) { }

        var page = await EventuallyAsync("/api/v1/changes?limit=10", 2);
        var (stored, deleted) = (page.GetProperty("changes")[0], page.GetProperty("changes")[1]);
        Assert.Equal(("Stored", "Deleted"), (stored.GetProperty("kind").GetString(), deleted.GetProperty("kind").GetString()));
        Assert.Equal($"{Address}/dicomweb/studies/{sample.StudyInstanceUid}/series/{sample.SeriesInstanceUid}/instances/{sample.SopInstanceUid}", stored.GetProperty("retrieveUrl").GetString());
        Assert.False(deleted.TryGetProperty("retrieveUrl", out _));
        Assert.False(page.GetProperty("hasMore").GetBoolean());

        var first = await GetJsonAsync("/api/v1/changes?limit=1");
        Assert.True(first.GetProperty("hasMore").GetBoolean());
        var rest = await GetJsonAsync($"/api/v1/changes?since={first.GetProperty("next").GetString()}");
        Assert.Equal("Deleted", Assert.Single(rest.GetProperty("changes").EnumerateArray()).GetProperty("kind").GetString());
        Assert.Equal("Deleted", Assert.Single((await GetJsonAsync("/api/v1/changes?kind=deleted,StudyCompleted")).GetProperty("changes").EnumerateArray()).GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Read_Waiting_AnswersWithWhatComes()
    {
        var now = (await GetJsonAsync("/api/v1/changes?since=now")).GetProperty("next").GetString();
        var waiting = GetJsonAsync($"/api/v1/changes?since={now}&wait=60");
        await StoreAsync(SampleObjects.Ct(SampleOptions.Fresh()));
        var page = await waiting;
        // A transaction of another test's database may hold the feed up for longer than any request waits.
        if (page.GetProperty("changes").GetArrayLength() == 0) page = await EventuallyAsync($"/api/v1/changes?since={now}", 1);
        Assert.Equal("Stored", Assert.Single(page.GetProperty("changes").EnumerateArray()).GetProperty("kind").GetString());

        var end = (await GetJsonAsync("/api/v1/changes?since=now")).GetProperty("next").GetString();
        Assert.Empty((await GetJsonAsync($"/api/v1/changes?since={end}&wait=1")).GetProperty("changes").EnumerateArray());
    }

    [Fact]
    public async Task Read_ParameterNotValid_IsRefused()
    {
        foreach (var query in new[] { "since=tomorrow", "kind=Exploded", "kind=17", "limit=0", "limit=1001", "wait=61", "wait=-1" })
            await AssertProblemAsync(400, await GetAsync($"/api/v1/changes?{query}"));
    }

    [Fact]
    public async Task Read_CursorOfAnotherServer_IsGoneAndToldHowToGoOn()
    {
        using var response = await GetAsync("/api/v1/changes?since=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        Assert.Contains("Begin again", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await AssertProblemAsync(410, response);
    }

    private async Task<JsonElement> EventuallyAsync(string path, int count)
    {
        JsonElement page = default;
        await Eventually.TrueAsync(async () => (page = await GetJsonAsync(path)).GetProperty("changes").GetArrayLength() == count);
        return page;
    }
}
