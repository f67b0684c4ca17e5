using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Rest;

/// <summary>Jobs and queues over HTTP. No Worker runs: what is queued stays so.</summary>
public sealed class JobTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Job_Created_IsFoundByEachFilter()
    {
        var sample = await StoreAsync();
        await PutPeerAsync("JOBS1");
        await PutPeerAsync("JOBS2");
        var created = await CreateAsync(sample, "JOBS1");
        Assert.Equal(("rest", "High", "Queued", 1), (Text(created, "cause"), Text(created, "priority"), Text(created, "state"), created.GetProperty("objectsTotal").GetInt32()));
        Assert.True(created.GetProperty("bytesTotal").GetInt64() > 0);
        var later = await CreateAsync(sample, "JOBS2");

        Assert.Equal([Id(created)], await ListAsync("peer=JOBS1"));
        Assert.Equal([Id(later), Id(created)], await ListAsync($"study={sample.StudyInstanceUid}"));
        Assert.Equal([Id(created)], await ListAsync($"study={sample.StudyInstanceUid}&before={Id(later)}"));
        Assert.Equal([Id(created)], await ListAsync("peer=JOBS1&kind=forward&state=Queued&cause=ES&createdFrom=2020-01-01T00:00:00Z&createdBefore=2120-01-01T00:00:00%2B01:00"));
        Assert.Empty(await ListAsync("peer=JOBS1&cause=rule"));
        Assert.Empty(await ListAsync("peer=JOBS1&state=Waiting"));
        Assert.Empty(await ListAsync("peer=JOBS1&kind=verify"));
        Assert.Empty(await ListAsync("peer=JOBS1&createdFrom=2120-01-01T00:00:00Z"));
        Assert.Empty(await ListAsync("peer=JOBS1&createdBefore=2020-01-01T00:00:00Z"));
        Assert.Empty((await server.GetJsonAsync($"/api/v1/jobs/{Id(created)}/runs")).EnumerateArray());
        await ApiServer.AssertProblemAsync(404, await server.GetAsync("/api/v1/jobs/999999/runs"));
    }

    [Fact]
    public async Task Job_Steered_IsInTheStateAskedFor()
    {
        await PutPeerAsync("JOBS3");
        var id = Id(await CreateAsync(await StoreAsync(), "JOBS3"));
        Assert.Equal("Paused", Text(await PostAsync($"/api/v1/jobs/{id}/pause"), "state"));
        await ApiServer.AssertProblemAsync(409, await server.Http.PostAsync($"/api/v1/jobs/{id}/pause", null));
        Assert.Equal("Queued", Text(await PostAsync($"/api/v1/jobs/{id}/resume"), "state"));
        await ApiServer.AssertProblemAsync(409, await server.Http.PostAsync($"/api/v1/jobs/{id}/resume", null));
        Assert.Equal("Cancelled", Text(await PostAsync($"/api/v1/jobs/{id}/cancel"), "state"));
        Assert.Equal("Queued", Text(await PostAsync($"/api/v1/jobs/{id}/retry"), "state"));
        await ApiServer.AssertProblemAsync(409, await server.Http.PostAsync($"/api/v1/jobs/{id}/retry", null));
    }

    [Theory]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4","priority":"Urgent"}""", 400)]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4","prio":"High"}""", 400)]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4","alternates":["JOBS4"]}""", 400)]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4","alternates":["UNKNOWN"]}""", 422)]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4","parameters":[1]}""", 400)]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4","alternates":[null]}""", 400)]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4\u0000"}""", 400)]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4","parameters":{"coerce":[null]}}""", 400)]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4","parameters":{"coerce":[{"attribute":"PatientID","remove":true}],"modifyingSystem":"\\"}}""", 400)]
    [InlineData("""{"kind":"forward","studyInstanceUid":"1.2.3","peer":"JOBS4","parameters":{"unknown":1}}""", 400)]
    [InlineData("""{"kind":"fetch","peer":"JOBS4","parameters":{"objects":[null]}}""", 400)]
    [InlineData("""{"kind":"verify","studyInstanceUid":"1.2.3"}""", 400)]
    public async Task Create_NotAsItShouldBe_IsRefused(string body, int status)
    {
        await PutPeerAsync("JOBS4");
        await ApiServer.AssertProblemAsync(status, await server.Http.PostAsync("/api/v1/jobs", new StringContent(body, System.Text.Encoding.UTF8, "application/json")));
    }

    [Theory]
    [InlineData("cause=%00")]
    [InlineData("study=%00")]
    [InlineData("state=Bogus")]
    [InlineData("limit=0")]
    [InlineData("createdFrom=0001-01-01T00:00:00%2B14:00")]
    public async Task List_ValueThatCannotBe_IsRefused(string query) => await ApiServer.AssertProblemAsync(400, await server.GetAsync($"/api/v1/jobs?{query}"));

    [Fact]
    public async Task Queue_HeldAndReleased_IsToldAndItsJobsWait()
    {
        await PutPeerAsync("JOBS5");
        var id = Id(await CreateAsync(await StoreAsync(), "JOBS5"));
        var open = await server.GetJsonAsync("/api/v1/peers/JOBS5/queue");
        Assert.Equal(("Open", 1, 0), (Text(open, "state"), open.GetProperty("waiting").GetInt32(), open.GetProperty("running").GetInt32()));

        Assert.Equal("Held", Text(await PostAsync("/api/v1/peers/JOBS5/queue/hold"), "state"));
        Assert.Equal("Waiting", Text(await server.GetJsonAsync($"/api/v1/jobs/{id}"), "state"));
        Assert.Equal([id], await ListAsync("peer=JOBS5&state=Waiting"));
        Assert.Empty(await ListAsync("peer=JOBS5&state=Queued"));
        Assert.Contains((await server.GetJsonAsync("/api/v1/queues")).EnumerateArray(), q => Text(q, "peer") == "JOBS5" && Text(q, "state") == "Held");
        Assert.Equal("Held", Text(await PostAsync("/api/v1/peers/JOBS5/queue/retry"), "state"));

        Assert.Equal("Open", Text(await PostAsync("/api/v1/peers/JOBS5/queue/release"), "state"));
        Assert.Equal("Queued", Text(await server.GetJsonAsync($"/api/v1/jobs/{id}"), "state"));
        await ApiServer.AssertProblemAsync(404, await server.GetAsync("/api/v1/peers/UNKNOWN/queue"));
    }

    private async Task<SampleObject> StoreAsync()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        return sample;
    }

    private async Task PutPeerAsync(string aeTitle) => (await server.Http.PutAsJsonAsync($"/api/v1/peers/{aeTitle}", new { host = "127.0.0.1", port = 1 })).Dispose();

    private async Task<JsonElement> CreateAsync(SampleObject sample, string peer)
    {
        using var response = await server.Http.PostAsJsonAsync("/api/v1/jobs", new { kind = "forward", studyInstanceUid = sample.StudyInstanceUid, peer, priority = "High" });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> PostAsync(string path)
    {
        using var response = await server.Http.PostAsync(path, null);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    private async Task<long[]> ListAsync(string query) => [.. (await server.GetJsonAsync($"/api/v1/jobs?{query}")).EnumerateArray().Select(Id)];

    private static long Id(JsonElement job) => job.GetProperty("id").GetInt64();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
