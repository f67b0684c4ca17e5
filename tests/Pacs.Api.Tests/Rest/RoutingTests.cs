using System.Net;
using System.Text;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Rest;

public sealed class RoutingTests(ApiServer server) : IClassFixture<ApiServer>, IDisposable
{
    private const string Rule = """{"name":"r","position":7,"description":"CT","isEnabled":true,"trigger":"Series","quietSeconds":5,"condition":{"modalities":["CT"],"weekdays":["Monday","Saturday"],"any":[{"attribute":"PatientName","matches":["DOE*"]},{"not":{"attribute":"00091001","privateCreator":"ACME","isPresent":true}}]},"stop":true,"actions":[{"kind":"Forward","destinations":["A","B"],"choice":"Failover","priority":"High","filter":{"modalities":["CT"]},"coerce":[{"attribute":"PatientName","remove":false,"value":"{PatientID|map}","map":{"1":"2"},"onlyIfEmpty":true}],"commit":true,"webhooks":false,"webhookIds":[],"studies":3,"sameModality":false,"sameBodyPart":false}]}""";

    public void Dispose() => server.Postgres.Query("DELETE FROM routing_rules; DELETE FROM retention_classes; DELETE FROM routing_outbox; DELETE FROM peers");

    [Fact]
    public async Task Rule_PutGetListDelete_RoundTrips()
    {
        await PeersAsync("A", "B");
        Assert.Equal(HttpStatusCode.Created, (await PutAsync("rules/r", Rule)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PutAsync("rules/r", Rule)).StatusCode);
        var kept = (await server.GetJsonAsync("/api/v1/routing/rules/r")).GetProperty("rule").GetRawText();
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(Rule).RootElement, JsonDocument.Parse(kept).RootElement), kept);
        await PutAsync("rules/first", """{"position":1,"actions":[{"destinations":["A"]}]}""");
        Assert.Equal(["first", "r"], (await server.GetJsonAsync("/api/v1/routing/rules")).EnumerateArray().Select(r => r.GetProperty("rule").GetProperty("name").GetString()));
        Assert.Equal(HttpStatusCode.NoContent, (await server.Http.DeleteAsync("/api/v1/routing/rules/r")).StatusCode);
        await ApiServer.AssertProblemAsync(404, await server.GetAsync("/api/v1/routing/rules/r"));
        await ApiServer.AssertProblemAsync(404, await server.Http.DeleteAsync("/api/v1/routing/rules/r"));
    }

    [Theory]
    [InlineData("""{"position":1,"actions":[{"destinations":["NOBODY"]}]}""", "no peer NOBODY")]
    [InlineData("""{"position":1,"actions":[{"destinations":["A"],"anonymize":"Basic"}]}""", "does not anonymise")]
    [InlineData("""{"position":1,"actions":[{"destinations":["A"],"transcode":"1.2.840.10008.1.2.4.70"}]}""", "does not transcode")]
    [InlineData("""{"position":1,"actions":[]}""", "actions: 1 to 20")]
    [InlineData("""{"position":0,"actions":[{"destinations":["A"]}]}""", "position: at least 1")]
    [InlineData("""{"position":1,"actions":[{"destinations":["A"],"filter":{"callingAeTitles":["X"]}}]}""", "of attributes")]
    [InlineData("""{"position":1,"actions":[{"kind":"Retention","retentionClass":"none"}]}""", "no class none")]
    [InlineData("""{"position":1,"actions":[{"kind":"Notify","destinations":["A"]}]}""", "trigger is Study")]
    [InlineData("""{"position":1,"actions":[{"kind":"Notify"}]}""", "unless \\\"webhooks\\\"")]
    [InlineData("""{"position":1,"actions":[{"destinations":["A"],"webhooks":true}]}""", "webhooks: of actions of kind Notify only")]
    [InlineData("""{"position":1,"actions":[{"destinations":["A"],"webhookIds":[1]}]}""", "webhookIds: of actions of kind Notify only")]
    [InlineData("""{"position":1,"actions":[{"kind":"Notify","webhookIds":[4711]}]}""", "no webhook 4711")]
    [InlineData("""{"position":1,"actions":[{"destinations":["A"],"coerce":[{"attribute":"SOPInstanceUID","value":"1"}]}]}""", "cannot be changed")]
    [InlineData("""{"position":1,"name":"other","actions":[{"destinations":["A"]}]}""", "the address says")]
    [InlineData("""{"position":1,"action":[]}""", "look at")]
    [InlineData("""{"position":1,"condition":{"callingAeTitle":"X"},"actions":[{"destinations":["A"]}]}""", "look at condition")]
    [InlineData("""{"position":1,"trigger":"Never","actions":[{"destinations":["A"]}]}""", "look at trigger")]
    public async Task Rule_NotValid_IsRefusedAndTold(string body, string told)
    {
        await PeersAsync("A");
        var response = await PutAsync("rules/bad", body);
        await ApiServer.AssertProblemAsync(400, response);
        Assert.Contains(told, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0L, server.Postgres.Query("SELECT count(*) FROM routing_rules"));
    }

    [Fact]
    public async Task Peer_NamedByARule_StaysAndOneThatIsGoneIsTold()
    {
        await PeersAsync("A", "B");
        Assert.Equal(HttpStatusCode.Created, (await PutAsync("rules/r", """{"position":1,"isEnabled":false,"actions":[{"kind":"Notify","webhooks":true},{"destinations":["B","A"]}]}""")).StatusCode);
        var refused = await server.Http.DeleteAsync("/api/v1/peers/A");
        await ApiServer.AssertProblemAsync(409, refused);
        Assert.Contains("named by routing rules: r.", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False((await server.GetJsonAsync("/api/v1/routing/rules/r")).TryGetProperty("missingPeers", out _));

        server.Postgres.Query("DELETE FROM peers WHERE ae_title = 'A'");
        Assert.Equal("A", Assert.Single((await server.GetJsonAsync("/api/v1/routing/rules"))[0].GetProperty("missingPeers").EnumerateArray()).GetString());
        await server.Http.DeleteAsync("/api/v1/routing/rules/r");
        Assert.Equal(HttpStatusCode.NoContent, (await server.Http.DeleteAsync("/api/v1/peers/B")).StatusCode);
    }

    [Fact]
    public async Task Webhook_NamedByARule_Stays()
    {
        var added = await server.Http.PostAsync("/api/v1/webhooks", new StringContent("""{"url":"http://127.0.0.1:9/"}""", Encoding.UTF8, "application/json"));
        var hook = added.Headers.Location!;
        var id = JsonDocument.Parse(await added.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetInt64();
        Assert.Equal(HttpStatusCode.Created, (await PutAsync("rules/told", $$"""{"position":1,"actions":[{"kind":"Notify","webhookIds":[{{id}}]}]}""")).StatusCode);
        var refused = await server.Http.DeleteAsync(hook);
        await ApiServer.AssertProblemAsync(409, refused);
        Assert.Contains("Routing rules name it: told.", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await server.Http.DeleteAsync("/api/v1/routing/rules/told");
        Assert.Equal(HttpStatusCode.NoContent, (await server.Http.DeleteAsync(hook)).StatusCode);
    }

    [Fact]
    public async Task Rule_SeveralFaults_AreToldTogether()
    {
        var response = await PutAsync("rules/a b", """{"position":0,"quietSeconds":0,"condition":{},"actions":[{"destinations":["A"],"anonymize":"x"},{"kind":"Retention"}]}""");
        var detail = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString()!;
        Assert.All(["name:", "position:", "quietSeconds:", "condition:", "anonymize:", "retentionClass:", "no peer A"], t => Assert.Contains(t, detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task DryRun_StoredStudyOrFile_TellsWhichRulesAndWhyNot()
    {
        await PeersAsync("A");
        await PutAsync("rules/ct", """{"position":1,"condition":{"modalities":["CT"]},"actions":[{"destinations":["A"]}]}""");
        await PutAsync("rules/caller", """{"position":2,"condition":{"callingAeTitles":["CT1"],"addresses":["192.0.2.0/24"],"listeners":["default"]},"actions":[{"destinations":["A"]}]}""");
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        var stored = await DryRunAsync($"?studyInstanceUid={sample.StudyInstanceUid}", null);
        Assert.Equal([true, false], stored.Select(r => r.GetProperty("fires").GetBoolean()));
        Assert.Equal("condition: callingAeTitles CT1", stored[1].GetProperty("because").GetString());
        Assert.Equal("A", stored[0].GetProperty("actions")[0].GetProperty("destinations")[0].GetString());

        var file = SampleObjects.Mr(SampleOptions.Fresh() with { Rows = 400, Columns = 400 }).ToPart10();
        var posted = await DryRunAsync("?callingAeTitle=CT1&address=192.0.2.8", file);
        Assert.Equal([false, true], posted.Select(r => r.GetProperty("fires").GetBoolean()));
        // STOW stored and routed; the dry runs did neither.
        Assert.Equal(1L, server.Postgres.Query("SELECT count(*) FROM routing_outbox"));

        await ApiServer.AssertProblemAsync(404, await server.Http.PostAsync("/api/v1/routing/dry-run?studyInstanceUid=1.2.3", null));
        await ApiServer.AssertProblemAsync(400, await server.Http.PostAsync("/api/v1/routing/dry-run", null));
        await ApiServer.AssertProblemAsync(400, await server.Http.PostAsync("/api/v1/routing/dry-run", new ByteArrayContent("nothing of the kind"u8.ToArray())));
        await ApiServer.AssertProblemAsync(400, await server.Http.PostAsync("/api/v1/routing/dry-run?studyInstanceUid=a%20b", null));
    }

    [Fact]
    public async Task RetentionClass_PutListDeleteDue_RoundTrips()
    {
        const string Body = """{"name":"short","description":"","daysSinceReceived":30,"modalities":["OT"],"isEnabled":true}""";
        Assert.Equal(HttpStatusCode.Created, (await PutAsync("retention-classes/short", Body)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PutAsync("retention-classes/short", Body)).StatusCode);
        var kept = (await server.GetJsonAsync("/api/v1/routing/retention-classes"))[0].GetRawText();
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(Body).RootElement, JsonDocument.Parse(kept).RootElement), kept);
        Assert.Equal(0, (await server.GetJsonAsync("/api/v1/routing/retention/due")).GetArrayLength());
        await ApiServer.AssertProblemAsync(400, await PutAsync("retention-classes/other", "{}"));
        await ApiServer.AssertProblemAsync(400, await server.GetAsync("/api/v1/routing/retention/due?limit=0"));
        Assert.Equal(HttpStatusCode.NoContent, (await server.Http.DeleteAsync("/api/v1/routing/retention-classes/short")).StatusCode);
        await ApiServer.AssertProblemAsync(404, await server.Http.DeleteAsync("/api/v1/routing/retention-classes/short"));
    }

    private async Task PeersAsync(params string[] titles)
    {
        foreach (var title in titles)
            await server.Http.PutAsync($"/api/v1/peers/{title}", new StringContent("""{"host":"127.0.0.1","port":104}""", Encoding.UTF8, "application/json"));
    }

    private Task<HttpResponseMessage> PutAsync(string path, string body) => server.Http.PutAsync($"/api/v1/routing/{path}", new StringContent(body, Encoding.UTF8, "application/json"));

    private async Task<List<JsonElement>> DryRunAsync(string query, byte[]? file)
    {
        using var response = await server.Http.PostAsync($"/api/v1/routing/dry-run{query}", file is null ? null : new ByteArrayContent(file));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return [.. JsonDocument.Parse(text).RootElement.EnumerateArray()];
    }
}
