using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Storage.Security;

namespace Pacs.Api.Tests.Security;

/// <summary>Not a class fixture: keys close the whole server.</summary>
public sealed class ApiKeyTests : ApiServer
{
    [Fact]
    public async Task Keys_FromTheFirstOn_CloseTheServerByScope()
    {
        using (var open = await GetAsync("/dicomweb/studies")) Assert.Equal(HttpStatusCode.OK, open.StatusCode);

        var keys = Services.GetRequiredService<ApiKeyStore>();
        var (_, read) = await keys.AddAsync("viewer", ApiKeyScope.Read, default);
        var (writeKey, write) = await keys.AddAsync("modality", ApiKeyScope.Write, default);
        var (_, admin) = await keys.AddAsync("administrator", ApiKeyScope.Admin, default);

        foreach (var path in new[] { "/dicomweb/studies", "/dicomweb/studies/1.2/metadata", "/api/v1/peers", "/api/v1/system", "/api/v1/jobs" })
        {
            using var none = await GetAsync(path);
            Assert.Equal("Bearer realm=\"pacs\"", none.Headers.WwwAuthenticate.ToString());
            await AssertProblemAsync(401, none);
            await AssertProblemAsync(401, await GetAsync(path, null, ("Authorization", "Bearer pacs_00000000_wrong")));
            using var byHeader = await GetAsync(path, null, ("X-Api-Key", read));
            Assert.NotEqual(HttpStatusCode.Unauthorized, byHeader.StatusCode);
        }
        foreach (var path in new[] { "/health/live", "/health/ready" })
        {
            using var health = await GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        }
        await AssertProblemAsync(403, await PostAsync("/dicomweb/studies", read));
        await AssertProblemAsync(415, await PostAsync("/dicomweb/studies", write));
        await AssertProblemAsync(403, await SendAsync(HttpMethod.Delete, "/api/v1/peers/X", write));
        await AssertProblemAsync(404, await SendAsync(HttpMethod.Delete, "/api/v1/peers/X", admin));

        await keys.RemoveAsync(writeKey.Id, default);
        await AssertProblemAsync(401, await PostAsync("/dicomweb/studies", write));
        Assert.Null(Postgres.Query($"SELECT 1 FROM api_keys WHERE encode(hash, 'escape') LIKE '%{read}%'"));
    }

    [Fact]
    public async Task Keys_AfterTheLastWasRemoved_StayAskedFor()
    {
        var keys = Services.GetRequiredService<ApiKeyStore>();
        var (key, secret) = await keys.AddAsync("only", ApiKeyScope.Admin, default);
        await keys.RemoveAsync(key.Id, default);
        await AssertProblemAsync(401, await GetAsync("/dicomweb/studies"));
        await AssertProblemAsync(401, await GetAsync("/dicomweb/studies", null, ("X-Api-Key", secret)));
        Assert.Empty(await keys.ListAsync(default));
    }

    private Task<HttpResponseMessage> PostAsync(string path, string key) => SendAsync(HttpMethod.Post, path, key);

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string key) =>
        Http.SendAsync(new HttpRequestMessage(method, path) { Headers = { { "Authorization", $"Bearer {key}" } } });
}
