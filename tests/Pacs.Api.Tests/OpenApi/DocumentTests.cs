using System.Text.Json;
using Pacs.Api.Tests.Hosting;

namespace Pacs.Api.Tests.OpenApi;

public sealed class DocumentTests(ApiServer server) : IClassFixture<ApiServer>
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch", "head"];

    [Fact]
    public async Task Document_EveryOperation_IsDescribed()
    {
        var document = await server.GetJsonAsync("/swagger/v1/swagger.json");
        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Where(o => Methods.Contains(o.Name)).Select(o => (Name: $"{o.Name} {p.Name}", Operation: o.Value)))
            .ToList();
        Assert.True(operations.Count >= 25, $"{operations.Count} operations");
        foreach (var (name, operation) in operations)
        {
            Assert.True(operation.TryGetProperty("summary", out var summary) && summary.GetString()!.Length > 5, $"{name} has no summary");
            Assert.True(operation.TryGetProperty("description", out var description) && description.GetString()!.Length > 20, $"{name} has no description");
            Assert.True(operation.TryGetProperty("tags", out _), $"{name} has no tag");
            var responses = operation.GetProperty("responses").EnumerateObject().ToList();
            Assert.Contains(responses, r => r.Name[0] is '2');
            Assert.All(responses, r => Assert.NotEmpty(r.Value.GetProperty("description").GetString()!));
            foreach (var parameter in operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : [])
                Assert.True(parameter.TryGetProperty("description", out _), $"{name}: {parameter.GetProperty("name")} has no description");
            if (name.Contains("/health", StringComparison.Ordinal)) continue;
            Assert.Contains(responses, r => r.Name == "401" && r.Value.GetProperty("content").TryGetProperty("application/problem+json", out _));
            Assert.True(operation.GetProperty("security").GetArrayLength() == 2, $"{name} names no API key");
        }
    }

    [Fact]
    public async Task Document_ExamplesOfAddresses_NameWhatTheirBodiesName()
    {
        var document = await server.GetJsonAsync("/swagger/v1/swagger.json");
        var compared = 0;
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            if (!path.Value.TryGetProperty("put", out var put) || !put.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out var content)) continue;
            if (content.GetProperty("example") is not { ValueKind: JsonValueKind.Object } body) continue;
            foreach (var parameter in put.GetProperty("parameters").EnumerateArray().Where(p => p.GetProperty("in").GetString() == "path"))
            {
                if (!body.TryGetProperty(parameter.GetProperty("name").GetString()!, out var named)) continue;
                Assert.Equal((path.Name, named.ToString()), (path.Name, parameter.GetProperty("example").ToString()));
                compared++;
            }
        }
        Assert.True(compared >= 4, $"{compared} addresses");
        var setting = document.GetProperty("paths").GetProperty("/api/v1/settings/{name}").GetProperty("get").GetProperty("parameters")[0].GetProperty("example").GetString();
        await server.GetJsonAsync($"/api/v1/settings/{setting}");
    }

    [Fact]
    public async Task Request_ContentTypeIsMissing_IsToldWhichOneIsTaken()
    {
        using var response = await server.Http.PutAsync("/api/v1/peers/X1", new StringContent("{}", null, "application/x-www-form-urlencoded"));
        await ApiServer.AssertProblemAsync(415, response);
        Assert.Contains("application/json", JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/jobs", "{\"kind\":5}", "look at kind")]
    [InlineData("/api/v1/jobs", "{", "is not the JSON")]
    [InlineData("/api/v1/jobs", "", "body of JSON")]
    [InlineData("/api/v1/jobs?before=abc", null, "before is not valid")]
    [InlineData("/api/v1/jobs?state=Lost", null, "state is not valid")]
    public async Task Request_CannotBeRead_IsToldInItsOwnWords(string path, string? body, string detail)
    {
        using var response = body is null ? await server.GetAsync(path) : await server.Http.PostAsync(path, new StringContent(body, null, "application/json"));
        await ApiServer.AssertProblemAsync(400, response);
        Assert.Contains(detail, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_Swagger_IsThere()
    {
        using var response = await server.GetAsync("/swagger/index.html");
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
    }
}
