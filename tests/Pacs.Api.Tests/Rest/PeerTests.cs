using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Dimse.Server;

namespace Pacs.Api.Tests.Rest;

public sealed class PeerTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Peer_PutGetListDelete_RoundTrips()
    {
        using var created = await server.Http.PutAsJsonAsync("/api/v1/peers/WS1", new { host = "127.0.0.1", port = 11199 });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var changed = await server.Http.PutAsJsonAsync("/api/v1/peers/WS1", new { host = "localhost", port = 104 });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        var peer = await server.GetJsonAsync("/api/v1/peers/WS1");
        Assert.Equal(("WS1", "localhost", 104), (peer.GetProperty("aeTitle").GetString(), peer.GetProperty("host").GetString(), peer.GetProperty("port").GetInt32()));
        Assert.Contains((await server.GetJsonAsync("/api/v1/peers")).EnumerateArray(), p => p.GetProperty("aeTitle").GetString() == "WS1");
        using var deleted = await server.Http.DeleteAsync("/api/v1/peers/WS1");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await ApiServer.AssertProblemAsync(404, await server.GetAsync("/api/v1/peers/WS1"));
        await ApiServer.AssertProblemAsync(404, await server.Http.DeleteAsync("/api/v1/peers/WS1"));
    }

    [Fact]
    public async Task Peer_WithSettings_RoundTrips()
    {
        const string Body = """{"aeTitle":"WS2","host":"127.0.0.1","port":104,"addresses":["192.0.2.0/24","2001:db8::1"],"rules":{"services":["Verification","Storage"],"storageSopClasses":"Private","mayBeScp":false,"transferSyntaxOrder":"Acceptor","validation":"Iod"},"tls":{"serverName":"ws2.example.org","acceptAnyCertificate":true},"notifications":["InstanceAvailability"],"outbound":{"maxAssociations":2,"objectsPerAssociation":100,"bandwidthKilobytesPerSecond":5000,"hours":[{"days":["Monday"],"from":"22:00","to":"06:00"}],"timeZone":"Europe/Berlin","stopAtFirstFailure":true}}""";
        using var created = await server.Http.PutAsync("/api/v1/peers/WS2", new StringContent(Body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var kept = (await server.GetJsonAsync("/api/v1/peers/WS2")).GetRawText();
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(Body).RootElement, JsonDocument.Parse(kept).RootElement), kept);
        // What was read can be written back.
        using var again = await server.Http.PutAsync("/api/v1/peers/WS2", new StringContent(kept, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        var services = (await server.Services.GetRequiredService<Pacs.Storage.Peers.PeerStore>().FindAsync("WS2", default))!.Rules.Services;
        Assert.Equal([Pacs.Storage.Access.DimseServiceKind.Verification, Pacs.Storage.Access.DimseServiceKind.Storage], services);
    }

    [Theory]
    [InlineData("SEVENTEEN_LETTERS", """{"host":"127.0.0.1","port":104}""", 400)]
    [InlineData("BACK%5CSLASH", """{"host":"127.0.0.1","port":104}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":0}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":65536}""", 400)]
    [InlineData("WS", """{"host":"","port":104}""", 400)]
    [InlineData("WS", """{"host":"no such name!","port":104}""", 400)]
    [InlineData("WS", """{"port":104}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":"many"}""", 400)]
    [InlineData("WS", """{"aeTitle":"OTHER","host":"127.0.0.1","port":104}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":104,"rules":{"serivces":["Storage"]}}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":104,"rules":{"services":["Storing"]}}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":104,"rules":{"services":[77]}}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":104,"rules":{"transferSyntaxes":["1.2.3"]}}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":104,"rules":{"maxAssociations":0}}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":104,"rules":5}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":104,"addresses":["192.0.2.0/33"]}""", 400)]
    [InlineData("WS", """{"host":"127.0.0.1","port":104,"tls":{"serverName":"no such name!"}}""", 400)]
    [InlineData("WS", "[", 400)]
    [InlineData("WS", "", 400)]
    public async Task Put_BadPeer_IsRefusedWithAReason(string aeTitle, string body, int status) =>
        await ApiServer.AssertProblemAsync(status, await server.Http.PutAsync($"/api/v1/peers/{aeTitle}", new StringContent(body, System.Text.Encoding.UTF8, "application/json")));

    [Fact]
    public async Task Echo_OwnListener_Succeeds()
    {
        var port = server.Services.GetRequiredService<DimseServer>().EndPoint.Port;
        (await server.Http.PutAsJsonAsync("/api/v1/peers/SELF", new { host = "127.0.0.1", port })).Dispose();
        using var response = await server.Http.PostAsync("/api/v1/peers/SELF/echo", null);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.True(answer.GetProperty("success").GetBoolean(), answer.ToString());
        Assert.Equal("0000", answer.GetProperty("status").GetString());
        Assert.NotEqual(default, (await server.GetJsonAsync("/api/v1/peers/SELF/verification")).GetProperty("lastSeenAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Echo_NobodyThere_TellsWhy()
    {
        (await server.Http.PutAsJsonAsync("/api/v1/peers/NOBODY", new { host = "127.0.0.1", port = 1 })).Dispose();
        using var response = await server.Http.PostAsync("/api/v1/peers/NOBODY/echo", null);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.False(answer.GetProperty("success").GetBoolean());
        Assert.NotEmpty(answer.GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task Echo_UnknownPeer_IsNotFound() =>
        await ApiServer.AssertProblemAsync(404, await server.Http.PostAsync("/api/v1/peers/UNKNOWN/echo", null));
}
