using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Storage.Security;

namespace Pacs.Api.Tests.Hosting;

/// <summary>Pages of other origins: those that are listed may do all that their key may, others nothing.</summary>
public sealed class CorsTests(CorsTests.Server server) : IClassFixture<CorsTests.Server>
{
    private const string Viewer = "https://viewer.example.org";

    public sealed class Server : ApiServer
    {
        protected override (string Key, string Value)[] Settings => [("Pacs:Http:CorsOrigins", $"{Viewer}; http://localhost:3000")];
    }

    public sealed class OpenServer : ApiServer
    {
        protected override (string Key, string Value)[] Settings => [("Pacs:Http:CorsOrigins", "*")];
    }

    [Theory]
    [InlineData("GET", "/dicomweb/studies", "authorization, accept")]
    [InlineData("GET", "/dicomweb/studies/1.2/series/1.2.3/instances/1.2.3.4/frames/1", "x-api-key, range, if-range, if-none-match")]
    [InlineData("GET", "/dicomweb/studies/1.2/metadata", "authorization, cache-control, if-none-match, accept-language")]
    [InlineData("HEAD", "/dicomweb/studies/1.2", "authorization")]
    [InlineData("POST", "/dicomweb/studies", "authorization, content-type, content-encoding")]
    [InlineData("DELETE", "/dicomweb/studies/1.2", "x-api-key")]
    [InlineData("OPTIONS", "/dicomweb", "accept")]
    [InlineData("GET", "/wado", "authorization")]
    [InlineData("PUT", "/api/v1/peers/X", "authorization, content-type")]
    public async Task Preflight_OfAListedOrigin_AllowsMethodAndHeaders(string method, string path, string headers)
    {
        foreach (var origin in new[] { Viewer, "http://localhost:3000" })
        {
            using var answer = await PreflightAsync(server, path, origin, method, headers);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            Assert.Equal(origin, Header(answer, "Access-Control-Allow-Origin"));
            Assert.Contains(method, Header(answer, "Access-Control-Allow-Methods")!.Split(',', StringSplitOptions.TrimEntries));
            Assert.Subset(new HashSet<string>(Header(answer, "Access-Control-Allow-Headers")!.Split(',', StringSplitOptions.TrimEntries), StringComparer.OrdinalIgnoreCase),
                new HashSet<string>(headers.Split(", ")));
            Assert.Equal("7200", Header(answer, "Access-Control-Max-Age"));
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("https://viewer.example.org.evil.org")]
    [InlineData("http://viewer.example.org")]
    [InlineData("https://viewer.example.org:444")]
    [InlineData("https://sub.viewer.example.org")]
    [InlineData("null")]
    public async Task Origin_NotListed_IsToldNothingAndChangesNothing(string origin)
    {
        using (var preflight = await PreflightAsync(server, "/dicomweb/studies", origin, "POST", "content-type"))
        {
            Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
            Assert.DoesNotContain(preflight.Headers, h => h.Key.StartsWith("Access-Control-Allow", StringComparison.Ordinal));
        }
        using (var read = await server.GetAsync("/dicomweb/studies", null, ("Origin", origin)))
            Assert.Null(Header(read, "Access-Control-Allow-Origin"));
        var post = new HttpRequestMessage(HttpMethod.Post, "/dicomweb/studies") { Headers = { { "Origin", origin } } };
        await ApiServer.AssertProblemAsync(403, await server.Http.SendAsync(post));
    }

    [Theory]
    [InlineData("/dicomweb/studies", 200)]
    [InlineData("/dicomweb/studies?limit=x", 400)]
    [InlineData("/dicomweb/studies/1.2.3", 404)]
    [InlineData("/dicomweb/studies/1.2.3/metadata", 404)]
    public async Task Answer_ToAListedOrigin_MayBeReadWithItsHeadersWhateverItsStatus(string path, int status)
    {
        using var response = await server.GetAsync(path, null, ("Origin", Viewer));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(Viewer, Header(response, "Access-Control-Allow-Origin"));
        Assert.Contains("Origin", Header(response, "Vary")!.Split(',', StringSplitOptions.TrimEntries));
        var exposed = Header(response, "Access-Control-Expose-Headers")!.Split(',', StringSplitOptions.TrimEntries);
        Assert.Superset(new HashSet<string> { "ETag", "Location", "Content-Location", "Content-Range", "Accept-Ranges", "Warning", "WWW-Authenticate", "Retry-After" }, new HashSet<string>(exposed));
        Assert.Null(Header(response, "Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Options_WithoutARequestedMethod_IsNoPreflight()
    {
        using var response = await server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, "/dicomweb/studies") { Headers = { { "Origin", Viewer } } });
        Assert.Equal("application/vnd.sun.wadl+xml", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(Viewer, Header(response, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Preflight_AndCapabilities_NeedNoKeyOfAClosedServer()
    {
        await using var closed = new Started<Server>();
        await closed.Server.InitializeAsync();
        await closed.Server.Services.GetRequiredService<ApiKeyStore>().AddAsync("viewer", ApiKeyScope.Read, default);
        using (var preflight = await PreflightAsync(closed.Server, "/dicomweb/studies", Viewer, "GET", "authorization"))
            Assert.Equal(Viewer, Header(preflight, "Access-Control-Allow-Origin"));
        using (var capabilities = await closed.Server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, "/dicomweb/studies")))
            Assert.Equal(HttpStatusCode.OK, capabilities.StatusCode);
        using var refused = await closed.Server.GetAsync("/dicomweb/studies", null, ("Origin", Viewer));
        Assert.Equal(Viewer, Header(refused, "Access-Control-Allow-Origin"));
        await ApiServer.AssertProblemAsync(401, refused);
    }

    [Fact]
    public async Task Origins_None_PreflightsAllowNothing()
    {
        await using var off = new Started<ApiServer>();
        await off.Server.InitializeAsync();
        using var preflight = await PreflightAsync(off.Server, "/dicomweb/studies", Viewer, "GET", "accept");
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.DoesNotContain(preflight.Headers, h => h.Key.StartsWith("Access-Control-Allow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Origins_Any_MayReadAndChange()
    {
        await using var open = new Started<OpenServer>();
        await open.Server.InitializeAsync();
        using (var preflight = await PreflightAsync(open.Server, "/dicomweb/studies", "https://anything.example.com", "POST", "content-type"))
            Assert.Equal("*", Header(preflight, "Access-Control-Allow-Origin"));
        var post = new HttpRequestMessage(HttpMethod.Post, "/dicomweb/studies") { Headers = { { "Origin", "https://anything.example.com" } } };
        await ApiServer.AssertProblemAsync(415, await open.Server.Http.SendAsync(post));
    }

    private static Task<HttpResponseMessage> PreflightAsync(ApiServer server, string path, string origin, string method, string headers) =>
        server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, path)
        {
            Headers = { { "Origin", origin }, { "Access-Control-Request-Method", method }, { "Access-Control-Request-Headers", headers } },
        });

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    private sealed class Started<TServer> : IAsyncDisposable where TServer : ApiServer, new()
    {
        public TServer Server { get; } = new();

        public async ValueTask DisposeAsync() => await Server.DisposeAsync();
    }
}
