using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Storage.Security;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Security;

/// <summary>That no route was forgotten: each one that the server has, REST and DICOMweb, is closed by keys. Not a class fixture: keys close the whole server.</summary>
public sealed class EveryRouteTests : ApiServer
{
    private static readonly string[] Reading = ["GET", "HEAD", "OPTIONS"];

    /// <summary>They ask, and change nothing.</summary>
    private static readonly string[] Questions = ["/api/v1/access-rules/try", "/api/v1/peers/search", "/api/v1/routing/dry-run"];

    [Fact]
    public async Task EveryRoute_WithAKeyAndWithout_IsOpenToItsScopeAlone()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(sample);
        var (_, read) = await Services.GetRequiredService<ApiKeyStore>().AddAsync("viewer", ApiKeyScope.Read, default);
        var table = new RouteTable(this);
        var closed = table.Paths.Where(p => p == "/wado" || p.StartsWith("/dicomweb", StringComparison.Ordinal) || p.StartsWith("/api/v1/", StringComparison.Ordinal)).ToList();
        Assert.True(closed.Count > 40, $"{closed.Count} routes");
        Assert.Contains("/dicomweb/studies/{study}/series/{series}/instances/{instance}/frames/{frames}", closed);

        foreach (var path in closed)
        {
            foreach (var method in table.MethodsOf(path).Where(m => m != "OPTIONS"))
            {
                var address = RouteTable.Fill(path, sample);
                Assert.Equal((method, path, HttpStatusCode.Unauthorized), (method, path, await StatusAsync(method, address, null)));
                Assert.Equal((method, path, HttpStatusCode.Unauthorized), (method, path, await StatusAsync(method, address, "pacs_00000000_wrong")));
                var status = await StatusAsync(method, address, read);
                Assert.NotEqual((method, path, HttpStatusCode.Unauthorized), (method, path, status));
                if (!Reading.Contains(method) && !Questions.Contains(path)) Assert.Equal((method, path, HttpStatusCode.Forbidden), (method, path, status));
                else if (address.StartsWith("/dicomweb", StringComparison.Ordinal)) Assert.NotEqual((method, path, HttpStatusCode.Forbidden), (method, path, status));
            }
        }
        using var kept = await GetAsync($"/dicomweb/studies/{sample.StudyInstanceUid}/instances", null, ("X-Api-Key", read));
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
    }

    private async Task<HttpStatusCode> StatusAsync(string method, string path, string? key)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (key is not null) request.Headers.Add("X-Api-Key", key);
        using var response = await Http.SendAsync(request);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && method != "HEAD")
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return response.StatusCode;
    }
}
