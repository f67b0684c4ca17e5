using System.Net;
using Pacs.Api.Tests.Hosting;

namespace Pacs.Api.Tests.Rest;

public sealed class ServerTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task System_Get_TellsWhatRuns()
    {
        var system = await server.GetJsonAsync("/api/v1/system");
        Assert.Equal("PACS", system.GetProperty("aeTitle").GetString());
        Assert.Equal(["Dimse", "Api"], system.GetProperty("roles").EnumerateArray().Select(r => r.GetString()));
        Assert.Equal(server.Address, system.GetProperty("httpAddresses")[0].GetString());
        Assert.True(system.GetProperty("dimsePort").GetInt32() > 0);
        Assert.True(system.GetProperty("diskFreeBytes").GetInt64() > 0);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_AllInOrder_IsOk(string path) => Assert.Empty((await server.GetJsonAsync(path)).GetProperty("faults").EnumerateArray());

    [Theory]
    [InlineData("/nothing", 404)]
    [InlineData("/api/v1/nothing", 404)]
    public async Task Request_NoSuchAddress_IsAProblem(string path, int status) => await ApiServer.AssertProblemAsync(status, await server.GetAsync(path));

    [Fact]
    public async Task Request_WrongMethod_IsAProblem() => await ApiServer.AssertProblemAsync(405, await server.Http.DeleteAsync("/api/v1/system"));

    [Fact]
    public async Task Request_ForeignHost_IsRefused()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/system") { Headers = { Host = "evil.example.com" } };
        await ApiServer.AssertProblemAsync(400, await server.Http.SendAsync(request));
    }

    [Fact]
    public async Task Request_OtherOrigin_GetsNoCorsHeaders()
    {
        using var response = await server.GetAsync("/api/v1/system", null, ("Origin", "https://viewer.example.org"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("https://evil.example.org", 403)]
    [InlineData("null", 403)]
    [InlineData(null, 404)]
    [InlineData("own", 404)]
    public async Task Request_PageOfAnotherSite_ChangesNothing(string? origin, int status)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/jobs/999/cancel");
        if (origin is not null) request.Headers.Add("Origin", origin == "own" ? server.Address : origin);
        await ApiServer.AssertProblemAsync(status, await server.Http.SendAsync(request));
    }
}
