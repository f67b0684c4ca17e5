using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.Server;
using Pacs.TestKit;
using Pacs.TestKit.Processes;

namespace Pacs.Api.Tests.Rest;

public sealed class AccessTests(ApiServer server) : IClassFixture<ApiServer>, IDisposable
{
    private int FirstPort => server.Services.GetRequiredService<DimseServer>().EndPoint.Port;

    public void Dispose()
    {
        server.Postgres.Query("DELETE FROM access_rules");
        server.Postgres.Query("DELETE FROM listeners");
    }

    [Fact]
    public async Task Rule_PutGetListDelete_RoundTrips()
    {
        const string Body = """{"position":7,"description":"first floor","action":"Deny","callingAeTitles":["CT*"],"calledAeTitles":["PACS"],"addresses":["192.0.2.0/24"],"implementationClassUids":["1.2.*"],"users":["ct"],"tlsSubjects":["*O=Hospital"],"listeners":["default"],"rules":{"maxAssociations":3}}""";
        Assert.Equal(HttpStatusCode.Created, await PutAsync("access-rules/7", Body));
        Assert.Equal(HttpStatusCode.OK, await PutAsync("access-rules/7", Body));
        var kept = (await server.GetJsonAsync("/api/v1/access-rules/7")).GetRawText();
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(Body).RootElement, JsonDocument.Parse(kept).RootElement), kept);
        Assert.Equal(HttpStatusCode.Created, await PutAsync("access-rules/3", "{}"));
        Assert.Equal([3, 7], (await server.GetJsonAsync("/api/v1/access-rules")).EnumerateArray().Select(r => r.GetProperty("position").GetInt32()));
        using var deleted = await server.Http.DeleteAsync("/api/v1/access-rules/7");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await ApiServer.AssertProblemAsync(404, await server.GetAsync("/api/v1/access-rules/7"));
        await ApiServer.AssertProblemAsync(404, await server.Http.DeleteAsync("/api/v1/access-rules/7"));
    }

    [Theory]
    [InlineData("access-rules/0", "{}")]
    [InlineData("access-rules/1", """{"position":2}""")]
    [InlineData("access-rules/1", """{"action":"Forbid"}""")]
    [InlineData("access-rules/1", """{"callingAeTitle":"CT1"}""")]
    [InlineData("access-rules/1", """{"callingAeTitles":[]}""")]
    [InlineData("access-rules/1", """{"users":[""]}""")]
    [InlineData("access-rules/1", """{"addresses":["192.0.2"]}""")]
    [InlineData("access-rules/1", """{"rules":{"validation":"Strict"}}""")]
    [InlineData("listeners/default", """{"port":11113}""")]
    [InlineData("listeners/a%20b", """{"port":11113}""")]
    [InlineData("listeners/a", """{"name":"b","port":11113}""")]
    [InlineData("listeners/a", "{}")]
    [InlineData("listeners/a", """{"port":11113,"bindAddress":"here"}""")]
    [InlineData("listeners/a", """{"port":11113,"tls":"Maybe"}""")]
    [InlineData("listeners/a", """{"port":11113,"aeTitles":["SEVENTEEN_LETTERS"]}""")]
    [InlineData("listeners/a", """{"port":11113,"maxReceivePduLength":4095}""")]
    [InlineData("listeners/a", """{"port":11113,"maxSendPduLength":1048577}""")]
    [InlineData("listeners/a", """{"port":11113,"idleTimeoutSeconds":0}""")]
    [InlineData("listeners/a", """{"port":11113,"maxAssociations":-1}""")]
    public async Task Put_NotValid_IsRefusedWithAReason(string path, string body) =>
        await ApiServer.AssertProblemAsync(400, await server.Http.PutAsync($"/api/v1/{path}", new StringContent(body, Encoding.UTF8, "application/json")));

    [Fact]
    public async Task Try_RuleAndPeer_TellsWhatWouldBecomeOfACaller()
    {
        await PutAsync("access-rules/10", """{"description":"guests","action":"Deny","addresses":["198.51.100.0/24"]}""");
        await PutAsync("peers/TRIED", """{"host":"192.0.2.17","port":104,"rules":{"services":["Storage"]}}""");

        var denied = await TryAsync("""{"callingAeTitle":"CT1","address":"198.51.100.7"}""");
        Assert.Equal((false, "1/1/1", 10), (denied.GetProperty("isAccepted").GetBoolean(), denied.GetProperty("rejection").GetString(), denied.GetProperty("rule").GetProperty("position").GetInt32()));
        Assert.Contains("guests", denied.GetProperty("reason").GetString(), StringComparison.Ordinal);
        var peer = await TryAsync("""{"callingAeTitle":"TRIED","address":"192.0.2.17"}""");
        Assert.Equal(("TRIED", "Storage"), (peer.GetProperty("peer").GetString(), peer.GetProperty("services")[0].GetString()));
        Assert.Equal(1, peer.GetProperty("services").GetArrayLength());
        var anyone = await TryAsync("""{"callingAeTitle":"CT1","address":"2001:db8::1"}""");
        Assert.True(anyone.GetProperty("isAccepted").GetBoolean());
        await ApiServer.AssertProblemAsync(400, await PostAsync("""{"callingAeTitle":"CT1","address":"somewhere"}"""));
        await ApiServer.AssertProblemAsync(400, await PostAsync("""{"address":"192.0.2.17"}"""));
    }

    [Fact]
    public async Task Listener_AddedAndRemoved_WhileTheFirstServes()
    {
        var (port, other) = (FreePort.Next(), FreePort.Next());
        using var first = Connect(FirstPort, "ANYTHING");
        Assert.Equal(HttpStatusCode.Created, await PutAsync("listeners/second", $$"""{"port":{{port}},"bindAddress":"127.0.0.1","aeTitles":["SECOND"],"maxReceivePduLength":16384}"""));
        var state = (await server.GetJsonAsync("/api/v1/listeners/second")).GetProperty("nodes")[0];
        Assert.Equal($"127.0.0.1:{port}", state.GetProperty("endPoint").GetString());

        using var second = Connect(port, "SECOND");
        Assert.Equal(16384u, second.Info.Peer.MaxPduLength);
        Assert.Equal(Rejection.CalledAeTitleNotRecognized, Assert.Throws<AssociationRejectedException>(() => Connect(port, "OTHER")).Rejection);
        // What is not of the port changes under it, and without a new one.
        Assert.Equal(HttpStatusCode.OK, await PutAsync("listeners/second", $$"""{"port":{{port}},"bindAddress":"127.0.0.1","maxReceivePduLength":16384}"""));
        Connect(port, "OTHER").Dispose();
        // A new port is opened, the old one left; who is there stays.
        Assert.Equal(HttpStatusCode.OK, await PutAsync("listeners/second", $$"""{"port":{{other}},"bindAddress":"127.0.0.1"}"""));
        Connect(other, "OTHER").Dispose();
        Assert.ThrowsAny<AssociationException>(() => Connect(port, "OTHER"));
        Assert.True(second.Echo().IsSuccess);
        second.Release();

        using var deleted = await server.Http.DeleteAsync("/api/v1/listeners/second");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.ThrowsAny<AssociationException>(() => Connect(other, "OTHER"));
        Assert.Equal("default", Assert.Single((await server.GetJsonAsync("/api/v1/listeners")).EnumerateArray()).GetProperty("settings").GetProperty("name").GetString());
        Assert.True(first.Echo().IsSuccess);
        first.Release();
    }

    [Fact]
    public async Task Listener_CannotBind_IsReportedAndTriedAgain()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var port = FreePort.Next();
        taken.Bind(new IPEndPoint(IPAddress.Loopback, port));
        taken.Listen();
        Assert.Equal(HttpStatusCode.Created, await PutAsync("listeners/blocked", $$"""{"port":{{port}},"bindAddress":"127.0.0.1"}"""));
        Assert.Contains($"{port}", (await server.GetJsonAsync("/api/v1/listeners/blocked")).GetProperty("nodes")[0].GetProperty("fault").GetString(), StringComparison.Ordinal);
        var health = await server.GetJsonAsync("/health/ready");
        Assert.Contains("blocked", Assert.Single(health.GetProperty("warnings").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Connect(FirstPort, "PACS").Dispose();

        taken.Dispose();
        await Eventually.TrueAsync(async () => (await server.GetJsonAsync("/api/v1/listeners/blocked")).GetProperty("nodes")[0].TryGetProperty("endPoint", out _));
        Connect(port, "PACS").Dispose();
        Assert.Empty((await server.GetJsonAsync("/health/ready")).GetProperty("warnings").EnumerateArray());
    }

    [Fact]
    public async Task Listener_WithTlsAndNoCertificate_IsReported()
    {
        Assert.Equal(HttpStatusCode.Created, await PutAsync("listeners/secure", $$"""{"port":{{FreePort.Next()}},"tls":"Server"}"""));
        Assert.Contains("Pacs:Dimse:Tls:CertificateFile", (await server.GetJsonAsync("/api/v1/listeners/secure")).GetProperty("nodes")[0].GetProperty("fault").GetString(), StringComparison.Ordinal);
    }

    private static ClientAssociation Connect(int port, string called) => ClientAssociation.Connect(new ClientAssociationOptions
    {
        Host = "127.0.0.1",
        Port = port,
        CalledAeTitle = called,
        CallingAeTitle = "TESTER",
        Contexts = [new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian)],
    });

    private async Task<HttpStatusCode> PutAsync(string path, string body)
    {
        using var response = await server.Http.PutAsync($"/api/v1/{path}", new StringContent(body, Encoding.UTF8, "application/json"));
        return response.StatusCode;
    }

    private Task<HttpResponseMessage> PostAsync(string body) => server.Http.PostAsync("/api/v1/access-rules/try", new StringContent(body, Encoding.UTF8, "application/json"));

    private async Task<JsonElement> TryAsync(string body)
    {
        using var response = await PostAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
