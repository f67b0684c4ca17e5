using System.Net;
using System.Text;
using System.Text.Json;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hosting;

/// <summary>Addresses in answers, as a client behind a proxy gets them.</summary>
public sealed class ForwardedTests(ForwardedTests.ProxiedServer server, ApiServer plain) : IClassFixture<ForwardedTests.ProxiedServer>, IClassFixture<ApiServer>
{
    public sealed class ProxiedServer : ApiServer
    {
        protected override (string Key, string Value)[] Settings =>
            [("Pacs:Http:TrustedProxies", "192.0.2.0/24; 127.0.0.1"), ("Pacs:Http:AllowedHosts", "pacs.example.org")];
    }

    public static TheoryData<string, string> Proxies => new()
    {
        { "Forwarded: for=198.51.100.7;proto=https;host=pacs.example.org", "https://pacs.example.org" },
        { "Forwarded: for=198.51.100.7;proto=https;host=\"pacs.example.org:8443\"|X-Forwarded-Prefix: /archive", "https://pacs.example.org:8443/archive" },
        { "X-Forwarded-For: 198.51.100.7|X-Forwarded-Proto: https|X-Forwarded-Host: pacs.example.org", "https://pacs.example.org" },
        { "X-Forwarded-Proto: HTTPS|X-Forwarded-Host: pacs.example.org|X-Forwarded-Prefix: /hospital/archive/", "https://pacs.example.org/hospital/archive" },
        { "Host: pacs.example.org|X-Forwarded-Proto: https", "https://pacs.example.org" },
    };

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task Answers_ThroughATrustedProxy_HaveAddressesThatWorkThere(string headers, string @base)
    {
        var proxy = Headers(headers);
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        var study = $"{@base}/dicomweb/studies/{ct.StudyInstanceUid}";
        var instance = $"{study}/series/{ct.SeriesInstanceUid}/instances/{ct.SopInstanceUid}";

        using var store = new HttpRequestMessage(HttpMethod.Post, "/dicomweb/studies") { Content = ApiServer.Multipart(ct.ToPart10()) };
        foreach (var (name, value) in proxy) store.Headers.TryAddWithoutValidation(name, value);
        using var stored = await server.Http.SendAsync(store);
        Assert.Contains($"\"{instance}\"", await stored.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var found = await server.GetAsync($"/dicomweb/studies?StudyInstanceUID={ct.StudyInstanceUid}", null, proxy);
        Assert.Equal(study, Value(await found.Content.ReadAsStringAsync(), "00081190", "Value"));
        using var retrieved = await server.GetAsync($"/dicomweb/studies/{ct.StudyInstanceUid}", null, proxy);
        Assert.Contains($"Content-Location: {instance}\r\n", Encoding.Latin1.GetString(await retrieved.Content.ReadAsByteArrayAsync()), StringComparison.Ordinal);
        using var metadata = await server.GetAsync($"/dicomweb/studies/{ct.StudyInstanceUid}/metadata", null, proxy);
        var bulk = Value(await metadata.Content.ReadAsStringAsync(), "7FE00010", "BulkDataURI");
        Assert.StartsWith(instance + "/bulkdata/", bulk, StringComparison.Ordinal);

        // The proxy takes its base off, or leaves the path on.
        var prefix = new Uri(@base).AbsolutePath.TrimEnd('/');
        foreach (var path in new[] { bulk[@base.Length..], prefix + bulk[@base.Length..] })
        {
            using var value = await server.GetAsync(path, "application/octet-stream", proxy);
            Assert.Equal(HttpStatusCode.OK, value.StatusCode);
        }

        using var webhook = new HttpRequestMessage(HttpMethod.Post, "/api/v1/webhooks") { Content = new StringContent("{\"url\":\"http://127.0.0.1:9\",\"enabled\":false}", Encoding.UTF8, "application/json") };
        foreach (var (name, header) in proxy) webhook.Headers.TryAddWithoutValidation(name, header);
        using var made = await server.Http.SendAsync(webhook);
        Assert.StartsWith($"{@base}/api/v1/webhooks/", made.Headers.Location?.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Forwarded: proto=https;host=evil.example")]
    [InlineData("X-Forwarded-Host: evil.example")]
    [InlineData("X-Forwarded-Host: pacs.example.org/x")]
    [InlineData("X-Forwarded-Proto: gopher")]
    [InlineData("X-Forwarded-Prefix: //evil.example")]
    [InlineData("X-Forwarded-Prefix: archive")]
    [InlineData("Forwarded: host=pacs.example.org|X-Forwarded-Host: localhost")]
    public async Task Headers_OfATrustedProxyThatAreNoGood_AreRefused(string headers) =>
        await ApiServer.AssertProblemAsync(400, await server.GetAsync("/dicomweb/studies", null, Headers(headers)));

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task Headers_OfAnybodyElse_AreIgnored(string headers, string _)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await plain.StoreAsync(ct);
        using var found = await plain.GetAsync($"/dicomweb/studies?StudyInstanceUID={ct.StudyInstanceUid}", null, [.. Headers(headers).Where(h => h.Name != "Host")]);
        Assert.Equal($"{plain.Address}/dicomweb/studies/{ct.StudyInstanceUid}", Value(await found.Content.ReadAsStringAsync(), "00081190", "Value"));
    }

    private static (string Name, string Value)[] Headers(string text) => [.. text.Split('|').Select(line => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 2)..]))];

    private static string Value(string json, string tag, string property)
    {
        var value = JsonDocument.Parse(json).RootElement[0].GetProperty(tag).GetProperty(property);
        return (value.ValueKind == JsonValueKind.Array ? value[0] : value).GetString()!;
    }
}
