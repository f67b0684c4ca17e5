using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;

namespace Pacs.Api.Tests.Rest;

/// <summary>Peers that are DICOMweb servers, by REST: above all what becomes of their secrets.</summary>
public sealed class PeerWebTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Token = """{"url":"https://archive.example.org/dicomweb/","authentication":{"kind":"ClientCredentials","tokenUrl":"https://login.example.org/token","clientId":"pacs","secret":"s3cret-1"},"tls":{"certificateFile":"/etc/pacs/client.pem","certificatePassword":"s3cret-2"},"proxy":{"url":"http://proxy.example.org:3128","user":"pacs","password":"s3cret-3"}}""";

    [Fact]
    public async Task Put_DicomWebServer_IsKeptWithoutHostAndPort()
    {
        var kept = await PutAsync("CLOUD1", """{"url":"https://archive.example.org/dicomweb/"}""");
        Assert.Equal("https://archive.example.org/dicomweb", kept.GetProperty("web").GetProperty("url").GetString());
        var peer = await FindAsync("CLOUD1");
        Assert.False(peer.HasDimse);
        Assert.Equal(new PeerWeb { Url = "https://archive.example.org/dicomweb" }, peer.Web);
    }

    [Fact]
    public async Task Secrets_Given_AreKeptAndNeverShown()
    {
        var answer = await PutAsync("CLOUD2", Token);
        var shown = await server.GetJsonAsync("/api/v1/peers/CLOUD2");
        var list = await server.GetJsonAsync("/api/v1/peers");
        foreach (var text in new[] { answer.GetRawText(), shown.GetRawText(), list.GetRawText() }) Assert.DoesNotContain("s3cret", text);
        Assert.Equal("********", shown.GetProperty("web").GetProperty("authentication").GetProperty("secret").GetString());
        var web = (await FindAsync("CLOUD2")).Web!;
        Assert.Equal(("s3cret-1", "s3cret-2", "s3cret-3"), (web.Authentication!.Secret!.Reveal(), web.Tls!.CertificatePassword!.Reveal(), web.Proxy!.Password!.Reveal()));
        Assert.DoesNotContain("s3cret", web.ToString());

        // What was read can be written back, and changes nothing.
        await SendAsync("CLOUD2", shown.GetRawText(), HttpStatusCode.OK);
        Assert.Equal(web, (await FindAsync("CLOUD2")).Web);
    }

    [Fact]
    public async Task Secrets_LeftOut_AreKeptOnlyForTheSameServer()
    {
        await PutAsync("CLOUD3", Token);
        var without = Token.Replace(",\"secret\":\"s3cret-1\"", "", StringComparison.Ordinal);
        await PutAsync("CLOUD3", without.Replace("\"kind\"", "\"scope\":\"dicomweb\",\"kind\"", StringComparison.Ordinal), HttpStatusCode.OK);
        var web = (await FindAsync("CLOUD3")).Web!;
        Assert.Equal(("s3cret-1", "dicomweb"), (web.Authentication!.Secret!.Reveal(), web.Authentication.Scope));
        // Elsewhere it would be given away.
        await PutAsync("CLOUD3", without.Replace("login.example.org", "evil.example.org", StringComparison.Ordinal), HttpStatusCode.BadRequest);
        await PutAsync("CLOUD3", without.Replace("proxy.example.org", "evil.example.org", StringComparison.Ordinal).Replace("s3cret-3", "********", StringComparison.Ordinal), HttpStatusCode.BadRequest);

        var basic = """{"url":"https://archive.example.org/a","authentication":{"kind":"Basic","user":"u","secret":"s3cret-4"}}""";
        await PutAsync("CLOUD3", basic, HttpStatusCode.OK);
        await PutAsync("CLOUD3", basic.Replace("s3cret-4", "********", StringComparison.Ordinal).Replace("/a\"", "/b\"", StringComparison.Ordinal), HttpStatusCode.OK);
        Assert.Equal("s3cret-4", (await FindAsync("CLOUD3")).Web!.Authentication!.Secret!.Reveal());
        await PutAsync("CLOUD3", basic.Replace("s3cret-4", "********", StringComparison.Ordinal).Replace("archive.", "evil.", StringComparison.Ordinal), HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"url":"ftp://x/y"}""")]
    [InlineData("""{"url":"dicomweb"}""")]
    [InlineData("""{"url":"https://user:password@archive.example.org/dicomweb"}""")]
    [InlineData("""{"url":"https://archive.example.org/dicomweb?x=y"}""")]
    [InlineData("""{"url":"http://archive.example.org/dicomweb","authentication":{"kind":"Basic","user":"u","secret":"s"}}""")]
    [InlineData("""{"url":"https://archive.example.org","authentication":{"kind":"Basic","user":"u"}}""")]
    [InlineData("""{"url":"https://archive.example.org","authentication":{"kind":"Basic","user":"u:v","secret":"s"}}""")]
    [InlineData("""{"url":"https://archive.example.org","authentication":{"kind":"Basic","user":"u","secret":"********"}}""")]
    [InlineData("""{"url":"https://archive.example.org","authentication":{"kind":"ApiKey","header":"Content-Length","secret":"s"}}""")]
    [InlineData("""{"url":"https://archive.example.org","authentication":{"kind":"ApiKey","header":"a b","secret":"s"}}""")]
    [InlineData("""{"url":"https://archive.example.org","authentication":{"kind":"ApiKey","secret":"line\r\nX: y"}}""")]
    [InlineData("""{"url":"https://archive.example.org","authentication":{"kind":"ClientCredentials","tokenUrl":"http://login.example.org/token","clientId":"c","secret":"s"}}""")]
    [InlineData("""{"url":"https://archive.example.org","authentication":{"kind":"Magic","secret":"s"}}""")]
    [InlineData("""{"url":"https://archive.example.org","tls":{"certificateFile":"client.pem"}}""")]
    [InlineData("""{"url":"https://archive.example.org","tls":{"certificateKeyFile":"/client.key"}}""")]
    [InlineData("""{"url":"https://archive.example.org","proxy":{"url":"proxy"}}""")]
    [InlineData("""{"url":"https://archive.example.org","proxy":{"url":"http://proxy:3128","user":"u"}}""")]
    [InlineData("""{"url":"https://archive.example.org","stallTimeoutSeconds":0}""")]
    [InlineData("""{"url":"https://archive.example.org","maxInstancesPerRequest":0}""")]
    [InlineData("""{"url":"https://archive.example.org","colour":"red"}""")]
    public Task Put_BadSettings_AreRefusedWithAReason(string web) => PutAsync("CLOUD4", web, HttpStatusCode.BadRequest);

    [Fact]
    public async Task Put_NotificationsByDimse_NeedAnAddress() =>
        await SendAsync("CLOUD5", """{"web":{"url":"https://archive.example.org"},"notifications":["InstanceAvailability"]}""", HttpStatusCode.BadRequest);

    [Fact]
    public async Task Echo_DicomWebServer_IsAskedForAStudy()
    {
        await using var archive = await ScriptedDicomWeb.StartAsync();
        await PutAsync("CLOUD6", $$"""{"url":"{{archive.DicomWeb}}"}""");
        var answer = await EchoAsync("CLOUD6");
        Assert.Equal((true, "204", ""), (answer.GetProperty("success").GetBoolean(), answer.GetProperty("status").GetString(), answer.GetProperty("message").GetString()));
        Assert.Equal("/dicomweb/studies?limit=1", Assert.Single(archive.Exchanges).PathAndQuery);
        archive.Then(401);
        answer = await EchoAsync("CLOUD6");
        Assert.Equal((false, "401"), (answer.GetProperty("success").GetBoolean(), answer.GetProperty("status").GetString()));
        Assert.Contains("web.authentication", answer.GetProperty("message").GetString());
    }

    [Fact]
    public void Configuration_Peer_TakesSecretsAndNeedsNoHost()
    {
        using var folder = new TemporaryFolder();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Pacs:DataFolder"] = folder.Path,
            ["Pacs:Peers:0:AeTitle"] = "CLOUD",
            ["Pacs:Peers:0:Web:Url"] = "https://archive.example.org/dicomweb",
            ["Pacs:Peers:0:Web:Authentication:Kind"] = "ApiKey",
            ["Pacs:Peers:0:Web:Authentication:Secret"] = "s3cret",
        }).Build();
        using var services = new ServiceCollection().AddLogging().AddPacsStorage(configuration).BuildServiceProvider();
        var web = Assert.Single(services.GetRequiredService<PacsOptions>().Peers).Web!;
        Assert.Equal(("https://archive.example.org/dicomweb", "s3cret"), (web.Url, web.Authentication!.Secret!.Reveal()));
    }

    private Task<JsonElement> PutAsync(string title, string web, HttpStatusCode? status = null) => SendAsync(title, $$"""{"web":{{web}}}""", status);

    private async Task<JsonElement> SendAsync(string title, string body, HttpStatusCode? status)
    {
        using var response = await server.Http.PutAsync($"/api/v1/peers/{title}", new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == (status ?? HttpStatusCode.Created), $"{(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<JsonElement> EchoAsync(string title)
    {
        using var response = await server.Http.PostAsync($"/api/v1/peers/{title}/echo", null);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private async Task<Peer> FindAsync(string title) => (await server.Services.GetRequiredService<PeerStore>().FindAsync(title, default))!;
}
