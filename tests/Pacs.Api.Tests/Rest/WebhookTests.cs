using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Storage.Security;
using Pacs.TestKit.Clients;

namespace Pacs.Api.Tests.Rest;

/// <summary>Webhooks over HTTP.</summary>
public sealed class WebhookTests : ApiServer
{
    [Fact]
    public async Task Webhooks_AddedChangedRemoved_TellTheirSecretOnce()
    {
        using var response = await Http.PostAsJsonAsync("/api/v1/webhooks", new { url = "https://ris.example.org/hook", kinds = new[] { "StudyCompleted", "Deleted" } });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var added = await response.Content.ReadFromJsonAsync<JsonElement>();
        var path = $"/api/v1/webhooks/{added.GetProperty("id").GetInt64()}";
        Assert.Equal(Address + path, response.Headers.Location!.ToString());
        var secret = added.GetProperty("secret").GetString()!;
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);

        var found = await GetJsonAsync(path);
        Assert.True(found.GetProperty("enabled").GetBoolean());
        Assert.Equal(["StudyCompleted", "Deleted"], found.GetProperty("kinds").EnumerateArray().Select(k => k.GetString()));
        var listed = await GetJsonAsync("/api/v1/webhooks");
        Assert.Single(listed.EnumerateArray());
        Assert.DoesNotContain("whsec_", found.GetRawText() + listed.GetRawText(), StringComparison.Ordinal);

        using var changed = await Http.PutAsJsonAsync(path, new { url = "http://ris.example.org/other", enabled = false });
        var now = await changed.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("http://ris.example.org/other", false, 0), (now.GetProperty("url").GetString(), now.GetProperty("enabled").GetBoolean(), now.GetProperty("kinds").GetArrayLength()));
        Assert.False(now.TryGetProperty("secret", out _));
        Assert.Equal(secret, Postgres.Query("SELECT secret FROM webhooks"));

        using (var removed = await Http.DeleteAsync(path)) Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        await AssertProblemAsync(404, await Http.DeleteAsync(path));
        await AssertProblemAsync(404, await GetAsync(path));
        await AssertProblemAsync(404, await Http.PutAsJsonAsync(path, new { url = "http://ris/" }));
        await AssertProblemAsync(404, await Http.PostAsync($"{path}/test", null));
    }

    [Fact]
    public async Task Test_ReceiverThereAndNot_TellsWhatCameOfIt()
    {
        using var receiver = new WebhookReceiver();
        using var response = await Http.PostAsJsonAsync("/api/v1/webhooks", new { url = receiver.Url, enabled = false });
        var added = await response.Content.ReadFromJsonAsync<JsonElement>();
        var path = $"/api/v1/webhooks/{added.GetProperty("id").GetInt64()}/test";

        var there = await (await Http.PostAsync(path, null)).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((true, 200), (there.GetProperty("success").GetBoolean(), there.GetProperty("status").GetInt32()));
        var delivery = Assert.Single(receiver.Received);
        Assert.True(WebhookReceiver.IsSigned(delivery, added.GetProperty("secret").GetString()!));
        Assert.True(delivery.Json.GetProperty("isTest").GetBoolean());
        Assert.Empty(delivery.ChangeIds);

        receiver.Stop();
        var away = await (await Http.PostAsync(path, null)).Content.ReadFromJsonAsync<JsonElement>();
        Assert.False(away.GetProperty("success").GetBoolean());
        Assert.Contains("cannot be reached", away.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_NotValid_IsRefusedWithTheReason()
    {
        foreach (var body in new object[]
        {
            new { }, new { url = "ftp://ris/" }, new { url = "http://169.254.169.254/" }, new { url = "http://ris/", kinds = new[] { "Exploded" } },
            new { url = "http://ris/", kinds = new[] { 99 } }, new { url = "http://ris/", secret = "short" }, new { url = (string?)null }, new { url = "http://ris/", kinds = (string[]?)null },
        })
        {
            await AssertProblemAsync(400, await Http.PostAsJsonAsync("/api/v1/webhooks", body));
        }
        Assert.Empty((await GetJsonAsync("/api/v1/webhooks")).EnumerateArray());
    }

    [Fact]
    public async Task Webhooks_WithoutAKeyForAdministration_AreClosed()
    {
        var keys = Services.GetRequiredService<ApiKeyStore>();
        var (_, write) = await keys.AddAsync("modality", ApiKeyScope.Write, default);
        var (_, admin) = await keys.AddAsync("administrator", ApiKeyScope.Admin, default);
        await AssertProblemAsync(401, await GetAsync("/api/v1/webhooks"));
        await AssertProblemAsync(403, await GetAsync("/api/v1/webhooks", null, ("X-Api-Key", write)));
        using var listed = await GetAsync("/api/v1/webhooks", null, ("X-Api-Key", admin));
        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
    }
}
