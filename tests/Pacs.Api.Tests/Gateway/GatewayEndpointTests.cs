using System.Net;
using System.Text;
using System.Text.Json;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;
using static Pacs.Api.Tests.Hosting.ApiServer;

namespace Pacs.Api.Tests.Gateway;

public sealed class GatewayEndpointTests(GatewayServer server) : IClassFixture<GatewayServer>, IAsyncLifetime
{
    private ScriptedDicomWeb _archive = null!;

    public async Task InitializeAsync() => _archive = await ScriptedDicomWeb.StartAsync();

    public async Task DisposeAsync()
    {
        server.Postgres.Query("DELETE FROM peers; DELETE FROM gateway_objects");
        await _archive.DisposeAsync();
    }

    [Fact]
    public async Task Uploads_StudyThatWasHereBefore_IsNotedOnce()
    {
        var (peer, study) = await NotedAsync(3);
        var objects = await ListAsync($"objects?peer={peer}");
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(), objects.Select(o => Text(o, "sopInstanceUid")).Order());
        Assert.All(objects, o => Assert.Equal(("Pending", study[0].StudyInstanceUid, 0), (Text(o, "state"), Text(o, "studyInstanceUid"), o.GetProperty("attempts").GetInt32())));
        Assert.Equal(0, await CountAsync(await PostAsync("uploads", $$"""{"peer":"{{peer}}","studyInstanceUid":"{{study[0].StudyInstanceUid}}"}""")));
        var status = (await server.GetJsonAsync("/api/v1/gateway")).GetProperty("archives").EnumerateArray().Single(a => Text(a, "peer") == peer);
        Assert.Equal((3, 0), (status.GetProperty("queuedObjects").GetInt32(), status.GetProperty("errors").GetInt32()));
        Assert.True(status.GetProperty("queuedBytes").GetInt64() > 0);
        Assert.Equal(JsonValueKind.String, status.GetProperty("oldestQueuedAt").ValueKind);
    }

    [Fact]
    public async Task Objects_PagesAndFilters_TellEachOnce()
    {
        var (peer, study) = await NotedAsync(5);
        var (other, _) = await NotedAsync(2);
        var told = new List<string>();
        for (var before = ""; ;)
        {
            var page = await ListAsync($"objects?peer={peer}&limit=2{before}");
            if (page.Count == 0) break;
            Assert.True(page.Count <= 2);
            told.AddRange(page.Select(o => Text(o, "sopInstanceUid")));
            before = $"&before={page[^1].GetProperty("id").GetInt64()}";
        }
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(), told.Order());
        Assert.Equal(2, (await ListAsync($"objects?peer={other}")).Count);
        Assert.Equal(5, (await ListAsync($"objects?studyInstanceUid={study[0].StudyInstanceUid}")).Count);
        Assert.Equal(study[3].SopInstanceUid, Text(Assert.Single(await ListAsync($"objects?sopInstanceUid={study[3].SopInstanceUid}")), "sopInstanceUid"));
        Assert.Empty(await ListAsync($"objects?peer={other}&studyInstanceUid={study[0].StudyInstanceUid}"));
        Assert.Empty(await ListAsync($"errors?peer={peer}"));
    }

    [Theory]
    [InlineData("objects?limit=0")]
    [InlineData("objects?limit=1001")]
    [InlineData("objects?limit=x")]
    [InlineData("objects?before=x")]
    [InlineData("errors?limit=-1")]
    [InlineData("errors?before=1.5")]
    public async Task List_ParameterIsNotValid_Is400(string path) => await AssertProblemAsync(400, await server.GetAsync($"/api/v1/gateway/{path}"));

    [Fact]
    public async Task Retry_OneAStudyAnArchiveAll_TakesThoseAndNoOthers()
    {
        var (peer, study) = await NotedAsync(4);
        var (other, _) = await NotedAsync(2);
        Fail();
        var error = (await ListAsync($"errors?peer={peer}"))[0];
        Assert.Equal(("Error", "0122: refused"), (Text(error, "state"), Text(error, "message")));
        Assert.Equal(6, (await ListAsync("errors")).Count);

        Assert.Equal(1, await RetryAsync($$"""{"sopInstanceUid":"{{study[0].SopInstanceUid}}"}"""));
        Assert.Equal(3, await RetryAsync($$"""{"studyInstanceUid":"{{study[0].StudyInstanceUid}}"}"""));
        Assert.Equal(0, await RetryAsync($$"""{"studyInstanceUid":"{{study[0].StudyInstanceUid}}"}"""));
        Assert.Equal(2, (await ListAsync("errors")).Count);
        Assert.All(await ListAsync($"objects?peer={peer}"), o => Assert.Equal(("Pending", "", 0), (Text(o, "state"), Text(o, "message"), o.GetProperty("attempts").GetInt32())));
        Assert.Equal(0, await RetryAsync($$"""{"peer":"{{peer}}"}"""));
        Assert.Equal(2, await RetryAsync($$"""{"peer":"{{other}}"}"""));
        Fail();
        Assert.Equal(0, await RetryAsync($$"""{"peer":"{{other}}","studyInstanceUid":"{{study[0].StudyInstanceUid}}"}"""));
        Assert.Equal(6, await RetryAsync("""{"all":true}"""));
        Assert.Empty(await ListAsync("errors"));

        void Fail() => server.Postgres.Query("UPDATE gateway_objects SET state = 3, message = '0122: refused', attempts = 1");
    }

    [Theory]
    [InlineData("errors/retry", "{}", 400)]
    [InlineData("errors/retry", """{"all":false}""", 400)]
    [InlineData("errors/retry", """{"study":"1.2"}""", 400)]
    [InlineData("errors/retry", "[", 400)]
    [InlineData("uploads", "{}", 400)]
    [InlineData("uploads", """{"peer":"CLOUD"}""", 400)]
    [InlineData("uploads", """{"peer":"","studyInstanceUid":"1.2"}""", 400)]
    [InlineData("uploads", """{"peer":"CLOUD","studyInstanceUid":"1.2","x":1}""", 400)]
    [InlineData("uploads", """{"peer":"NOBODY","studyInstanceUid":"1.2"}""", 404)]
    public async Task Post_NotValid_IsRefused(string path, string body, int status) => await AssertProblemAsync(status, await PostAsync(path, body));

    [Theory]
    [InlineData("errors/retry")]
    [InlineData("uploads")]
    public async Task Post_NotJson_Is415(string path) => await AssertProblemAsync(415, await PostAsync(path, "x", "text/plain"));

    [Fact]
    public async Task Peer_HasTheOnlyFiles_IsNotRemovedNorSentElsewhereByOneClick()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var peer = await server.GiveUpAsync(_archive, sample);
        var elsewhere = """{"web":{"url":"https://elsewhere.example.org/dicomweb"},"gateway":{}}""";
        foreach (var refused in new[] { await server.Http.DeleteAsync($"/api/v1/peers/{peer.AeTitle}"), await PutPeerAsync(peer.AeTitle, elsewhere) })
        {
            Assert.Contains("evenIfOnlyThere=true", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await AssertProblemAsync(409, refused);
        }
        Assert.Equal(peer.Web!.Url, (await server.Get<PeerStore>().FindAsync(peer.AeTitle, default))!.Web!.Url);
        using (var moved = await PutPeerAsync(peer.AeTitle + "?evenIfOnlyThere=true", elsewhere)) Assert.Equal(HttpStatusCode.OK, moved.StatusCode);
        await AssertProblemAsync(409, await server.Http.DeleteAsync($"/api/v1/peers/{peer.AeTitle}?evenIfOnlyThere=false"));

        // As said: what is deleted here hangs on nothing there any more.
        using (var deleted = await server.Http.DeleteAsync($"/api/v1/studies/{sample.StudyInstanceUid}")) Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        using var removed = await server.Http.DeleteAsync($"/api/v1/peers/{peer.AeTitle}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
    }

    private async Task<(string Peer, IReadOnlyList<SampleObject> Study)> NotedAsync(int objects)
    {
        var study = SampleObjects.Study(1, objects, SampleOptions.Fresh());
        await server.StoreAsync(study);
        var peer = await server.PutAsync(_archive, GatewayQuery.Local);
        Assert.Equal(objects, await CountAsync(await PostAsync("uploads", $$"""{"peer":"{{peer.AeTitle}}","studyInstanceUid":"{{study[0].StudyInstanceUid}}"}""")));
        return (peer.AeTitle, study);
    }

    private async Task<int> RetryAsync(string body) => await CountAsync(await PostAsync("errors/retry", body));

    private static async Task<int> CountAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("objects").GetInt32();
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync(string path) => [.. (await server.GetJsonAsync($"/api/v1/gateway/{path}")).EnumerateArray()];

    private Task<HttpResponseMessage> PostAsync(string path, string body, string type = "application/json") =>
        server.Http.PostAsync($"/api/v1/gateway/{path}", new StringContent(body, Encoding.UTF8, type));

    private Task<HttpResponseMessage> PutPeerAsync(string path, string body) => server.Http.PutAsync($"/api/v1/peers/{path}", new StringContent(body, Encoding.UTF8, "application/json"));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
