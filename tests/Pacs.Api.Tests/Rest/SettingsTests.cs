using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.Server;
using Pacs.Storage.Security;
using Pacs.TestKit;

namespace Pacs.Api.Tests.Rest;

public sealed class SettingsTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Limit = "Pacs:Dimse:MaxAssociations";

    [Fact]
    public async Task List_Settings_TellsValueSourceAndEffectOfEach()
    {
        var settings = (await server.GetJsonAsync("/api/v1/settings")).EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString()!);
        var title = settings["Pacs:Dimse:AeTitle"];
        Assert.Equal(("PACS", "PACS", "Default", "AtOnce", false), (title.GetProperty("value").GetString(), title.GetProperty("default").GetString(),
            title.GetProperty("source").GetString(), title.GetProperty("effect").GetString(), title.GetProperty("isPending").GetBoolean()));
        Assert.Equal("Environment", settings["Pacs:Http:Urls"].GetProperty("source").GetString());
        Assert.Equal(("***", "Fixed"), (settings["Pacs:Database:ConnectionString"].GetProperty("value").GetString(), settings["Pacs:Database:ConnectionString"].GetProperty("effect").GetString()));
        Assert.Equal("Restart", settings["Pacs:Storage:BlobFolder"].GetProperty("effect").GetString());
    }

    [Fact]
    public async Task Put_LimitOfTheListener_IsInForceForTheNextAssociation()
    {
        using (var changed = await PutAsync(Limit, "1"))
        {
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
            var setting = JsonDocument.Parse(await changed.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal((1, 1, "Database"), (setting.GetProperty("value").GetInt32(), setting.GetProperty("stored").GetInt32(), setting.GetProperty("source").GetString()));
        }
        await Eventually.TrueAsync(() => MayAssociateTwice() == false, what: "one association at a time");
        using var removed = await server.Http.DeleteAsync($"/api/v1/settings/{Limit}");
        Assert.Equal(100, JsonDocument.Parse(await removed.Content.ReadAsStringAsync()).RootElement.GetProperty("value").GetInt32());
        await Eventually.TrueAsync(() => MayAssociateTwice() == true, what: "as many as before");
    }

    [Fact]
    public async Task Put_AeTitle_IsThatOfTheNextAnswer()
    {
        (await PutAsync("Pacs:Dimse:AeTitle", "\"ARCHIVE7\"")).Dispose();
        Assert.Equal("ARCHIVE7", (await server.GetJsonAsync("/api/v1/system")).GetProperty("aeTitle").GetString());
        (await server.Http.DeleteAsync("/api/v1/settings/Pacs:Dimse:AeTitle")).Dispose();
        Assert.Equal("PACS", (await server.GetJsonAsync("/api/v1/system")).GetProperty("aeTitle").GetString());
    }

    [Fact]
    public async Task Patch_Several_AreChangedTogetherAndWaitForTheRestartTheyNeed()
    {
        using var patched = await PatchAsync("""{"Pacs:Jobs:Concurrency":9,"Pacs:Jobs:MaxAttempts":3}""");
        Assert.Equal(HttpStatusCode.OK, patched.StatusCode);
        Assert.Equal(2, JsonDocument.Parse(await patched.Content.ReadAsStringAsync()).RootElement.GetArrayLength());
        Assert.Equal("Pacs:Jobs:Concurrency", Assert.Single((await server.GetJsonAsync("/api/v1/system")).GetProperty("pendingSettings").EnumerateArray()).GetString());
        Assert.Equal(3, (await server.GetJsonAsync("/api/v1/settings/Pacs:Jobs:MaxAttempts")).GetProperty("value").GetInt32());
        (await PatchAsync("""{"Pacs:Jobs:Concurrency":null,"Pacs:Jobs:MaxAttempts":null}""")).Dispose();
        Assert.Empty((await server.GetJsonAsync("/api/v1/system")).GetProperty("pendingSettings").EnumerateArray());
    }

    [Theory]
    [InlineData("""{"Pacs:Dimse:Port":70000,"Pacs:Queries:MaxCounted":-1}""")]
    [InlineData("""{"Pacs:NoSuch":1}""")]
    [InlineData("""{"Pacs:Database:ConnectionString":"Host=elsewhere"}""")]
    [InlineData("[1]")]
    [InlineData("{")]
    public async Task Patch_NotValid_IsRefusedWithAllReasons(string body)
    {
        using var refused = await PatchAsync(body);
        await ApiServer.AssertProblemAsync(400, refused);
        var text = await refused.Content.ReadAsStringAsync();
        if (body.Contains("70000", StringComparison.Ordinal)) Assert.All(new[] { "Pacs:Dimse:Port", "Pacs:Queries:MaxCounted" }, n => Assert.Contains(n, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Setting_NotThere_Is404()
    {
        await ApiServer.AssertProblemAsync(404, await server.GetAsync("/api/v1/settings/Pacs:NoSuch"));
        await ApiServer.AssertProblemAsync(404, await PutAsync("Pacs:NoSuch", "1"));
        await ApiServer.AssertProblemAsync(404, await server.Http.DeleteAsync("/api/v1/settings/Pacs:NoSuch"));
    }

    [Fact]
    public async Task Put_WithAKey_IsAskedForAdminAndKeepsWhoItWas()
    {
        var closed = new ApiServer();
        await closed.InitializeAsync();
        try
        {
            var keys = closed.Services.GetRequiredService<ApiKeyStore>();
            var writer = (await keys.AddAsync("writer", ApiKeyScope.Write, default)).Secret;
            var admin = (await keys.AddAsync("head nurse", ApiKeyScope.Admin, default)).Secret;
            async Task<HttpResponseMessage> SendAsync(string key)
            {
                var request = new HttpRequestMessage(HttpMethod.Put, "/api/v1/settings/Pacs:Studies:QuietSeconds") { Content = new StringContent("30", Encoding.UTF8, "application/json") };
                request.Headers.Add("X-Api-Key", key);
                return await closed.Http.SendAsync(request);
            }
            using var refused = await SendAsync(writer);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            using var changed = await SendAsync(admin);
            Assert.Equal("head nurse", (await changed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("changedBy").GetString());
        }
        finally
        {
            await closed.DisposeAsync();
        }
    }

    private bool? MayAssociateTwice()
    {
        try
        {
            using var first = Associate();
            using var second = Associate();
            return true;
        }
        catch (AssociationRejectedException e) when (e.Rejection == Rejection.LocalLimitExceeded)
        {
            return false;
        }
        catch (AssociationException)
        {
            // The listener is being opened anew.
            return null;
        }
    }

    private ClientAssociation Associate()
    {
        var port = server.Services.GetRequiredService<DimseServer>().EndPoint.Port;
        return ClientAssociation.Connect(new() { Host = "127.0.0.1", Port = port, CalledAeTitle = "PACS", CallingAeTitle = "TESTER", Contexts = [new(Uids.Verification, Uids.ImplicitVRLittleEndian)] });
    }

    private Task<HttpResponseMessage> PutAsync(string name, string json) => server.Http.PutAsync($"/api/v1/settings/{name}", new StringContent(json, Encoding.UTF8, "application/json"));

    private Task<HttpResponseMessage> PatchAsync(string json) => server.Http.PatchAsync("/api/v1/settings", new StringContent(json, Encoding.UTF8, "application/json"));
}
