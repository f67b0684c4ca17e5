using System.Net;
using System.Text.RegularExpressions;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hosting;

/// <summary>HEAD answers as GET does, but for the body (RFC 9110 §9.3.2): every route that takes GET, well and badly asked.</summary>
public sealed partial class HeadTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("application/dicom")]
    [InlineData("application/dicom; transfer-syntax=*")]
    [InlineData("application/zip")]
    [InlineData("application/octet-stream")]
    [InlineData("multipart/related; type=\"application/dicom+xml\"")]
    [InlineData("image/png")]
    public async Task Head_EveryRouteThatTakesGet_IsAnsweredAsGet(string? accept)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        var table = new RouteTable(server);
        var paths = table.Paths.Where(p => table.MethodsOf(p).Contains("GET")).ToList();
        Assert.True(paths.Count > 45, $"{paths.Count} routes");
        foreach (var path in paths) await CompareAsync(RouteTable.Fill(path, sample), accept);
    }

    [Theory]
    [InlineData("/dicomweb/studies/1.2.3.4.5")]
    [InlineData("/dicomweb/studies/1.2.3.4.5/metadata")]
    [InlineData("/dicomweb/studies/1.2.3.4.5/bulkdata")]
    [InlineData("/dicomweb/studies/x")]
    [InlineData("/dicomweb/studies/x/series")]
    [InlineData("/dicomweb/studies?limit=x")]
    [InlineData("/dicomweb/studies?fuzzymatching=true&_=1")]
    [InlineData("/dicomweb/nothing")]
    [InlineData("/dicomweb")]
    [InlineData("/wado")]
    [InlineData("/api/v1/jobs?before=abc")]
    [InlineData("/nothing")]
    public async Task Head_WhatFails_IsAnsweredAsGet(string path) => await CompareAsync(path, null);

    [Fact]
    public async Task Head_WithTagAndRange_KeepsTheTagAndIgnoresTheRange()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        var url = RouteTable.Fill("/dicomweb/studies/{study}/series/{series}/instances/{instance}", sample);
        using var get = await server.GetAsync(url, "application/dicom; transfer-syntax=*");
        Assert.NotNull(get.Headers.ETag);
        await CompareAsync(url, "application/dicom; transfer-syntax=*", ("If-None-Match", get.Headers.ETag.ToString()));
        await CompareAsync($"{url}/metadata", null, ("If-None-Match", "*"));
        await CompareAsync($"{url}/metadata", null, ("Accept-Encoding", "br"));
        using var ranged = await SendAsync("HEAD", url, "application/dicom; transfer-syntax=*", ("Range", "bytes=0-9"));
        Assert.Equal(HttpStatusCode.OK, ranged.StatusCode);
        Assert.Equal(sample.ToPart10().Length, ranged.Content.Headers.ContentLength);
    }

    private async Task CompareAsync(string path, string? accept, params (string Name, string Value)[] headers)
    {
        using var get = await SendAsync("GET", path, accept, headers);
        // Metadata are kept by the first reader, which knows their length only when it has sent them.
        using var again = await SendAsync("GET", path, accept, headers);
        using var head = await SendAsync("HEAD", path, accept, headers);
        Assert.True(get.StatusCode == head.StatusCode, $"{path} as {accept}: GET {(int)get.StatusCode}, HEAD {(int)head.StatusCode}");
        Assert.Equal($"{path} {accept}\n{HeadersOf(again)}", $"{path} {accept}\n{HeadersOf(head)}");
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    private Task<HttpResponseMessage> SendAsync(string method, string path, string? accept, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return server.NoRedirects.SendAsync(request);
    }

    private static string HeadersOf(HttpResponseMessage response)
    {
        // As they came, so that a length is there only if the server told it.
        var content = response.Content.Headers.NonValidated.Select(h => (h.Key, Value: h.Value.ToString()));
        return string.Join('\n', response.Headers.NonValidated.Select(h => (h.Key, Value: h.Value.ToString())).Concat(content)
            // Of a GET without a body Kestrel says that it has none.
            .Where(h => h.Key is not ("Date" or "Transfer-Encoding") && h is not { Key: "Content-Length", Value: "0" })
            .Select(h => $"{h.Key}: {Boundary().Replace(h.Value, "boundary=")}").Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("boundary=.*")]
    private static partial Regex Boundary();
}
