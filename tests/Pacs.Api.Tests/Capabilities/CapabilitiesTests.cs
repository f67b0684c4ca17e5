using System.Net;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Routing;
using Pacs.Api.Tests.Hosting;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Capabilities;

/// <summary>Retrieve Capabilities (PS3.18 §8.9, Annex H), held against the routes that there are and what they really take.</summary>
public sealed class CapabilitiesTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Wadl = "application/vnd.sun.wadl+xml";
    private static readonly XNamespace Ns = "http://wadl.dev.java.net/2009/02";

    [Fact]
    public async Task Options_EveryResource_HasTheMethodsThatAreRouted()
    {
        var (table, sample) = (new RouteTable(server), SampleObjects.Ct(SampleOptions.Fresh()));
        Assert.True(table.DicomWeb.Count() >= 30, string.Join('\n', table.DicomWeb));
        foreach (var path in table.DicomWeb)
        {
            using var response = await OptionsAsync(RouteTable.Fill(path, sample));
            Assert.True(response.StatusCode == HttpStatusCode.OK, path);
            Assert.Equal(Wadl, response.Content.Headers.ContentType?.MediaType);
            Assert.Equal(table.MethodsOf(path), response.Content.Headers.Allow.Order(StringComparer.Ordinal));
            var described = table[path].Where(e => e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null).SelectMany(RouteTable.MethodsOf);
            if (path == "/dicomweb") continue;
            var resource = Assert.Single(Resources(await ReadAsync(response)).Elements(Ns + "resource"));
            Assert.Equal(path == "/wado" ? "wado" : path["/dicomweb/".Length..], resource.Attribute("path")!.Value);
            Assert.Equal(described.Order(StringComparer.Ordinal), MethodsOf(resource).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Options_Service_DescribesTheWholeTreeThatIsRouted()
    {
        foreach (var address in new[] { "/dicomweb", "/dicomweb/" })
        {
            using var response = await OptionsAsync(address);
            var resources = Resources(await ReadAsync(response));
            Assert.Equal($"{server.Address}/dicomweb", resources.Attribute("base")!.Value);
            var described = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var resource in resources.Elements()) Collect(resource, "/dicomweb", described);
            var table = new RouteTable(server);
            Assert.Equal(new SortedSet<string>(table.DicomWeb.Where(p => p.StartsWith("/dicomweb/", StringComparison.Ordinal))
                .SelectMany(p => table[p].Where(e => e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null).SelectMany(RouteTable.MethodsOf).Select(m => $"{m} {p}")), StringComparer.Ordinal), described);

            var ids = resources.Descendants(Ns + "method").Select(m => m.Attribute("id")?.Value).OfType<string>().ToList();
            Assert.Equal(ids.Count, ids.Distinct().Count());
            Assert.All(ids, id => Assert.Matches("^[A-Z][A-Za-z]+$", id));
            Assert.Contains("SearchForStudies", ids);
        }
    }

    [Fact]
    public async Task Options_EveryMediaTypeAndParameterDescribed_IsTakenByGet()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        var request = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["00081199"] = new { vr = "SQ", Value = new object[] { new Dictionary<string, object> { ["00081150"] = new { vr = "UI", Value = new[] { sample.SopClassUid } }, ["00081155"] = new { vr = "UI", Value = new[] { sample.SopInstanceUid } } } } },
        });
        using (var commitment = await server.Http.PostAsync($"/dicomweb/commitment-requests/{sample.StudyInstanceUid}", new StringContent(request, null, "application/dicom+json")))
            Assert.True(commitment.IsSuccessStatusCode, await commitment.Content.ReadAsStringAsync());
        var (requests, table) = (0, new RouteTable(server));
        foreach (var path in table.DicomWeb.Where(p => p != "/dicomweb"))
        {
            var address = RouteTable.Fill(path, sample);
            using var options = await OptionsAsync(address);
            var get = Resources(await ReadAsync(options)).Element(Ns + "resource")!.Elements(Ns + "method").FirstOrDefault(m => m.Attribute("name")!.Value == "GET");
            if (get is null) continue;
            var parameters = get.Element(Ns + "request")!.Elements(Ns + "param").ToList();
            var types = parameters.Where(p => p.Attribute("name")!.Value == "Accept").SelectMany(p => p.Elements(Ns + "option")).Select(o => o.Attribute("value")!.Value).ToList();
            Assert.NotEmpty(types);
            foreach (var type in types)
            {
                using var response = await server.GetAsync(address, type);
                Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path} as {type}: {(int)response.StatusCode}");
                Assert.StartsWith(type.Split(';')[0], response.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
                requests++;
            }
            foreach (var parameter in parameters.Where(p => p.Attribute("style")!.Value == "query"))
            {
                if (Value(parameter, types[0], sample) is not { } value || address.Contains($"{parameter.Attribute("name")!.Value}=", StringComparison.Ordinal)) continue;
                using var response = await server.GetAsync($"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{parameter.Attribute("name")!.Value}={Uri.EscapeDataString(value)}");
                Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path} with {parameter.Attribute("name")!.Value}: {(int)response.StatusCode}");
                Assert.DoesNotContain(response.Headers.TryGetValues("Warning", out var warnings) ? warnings : [], w => w.Contains("ignored", StringComparison.Ordinal));
                requests++;
            }
        }
        Assert.True(requests > 150, $"{requests} requests");
    }

    [Fact]
    public async Task Options_Json_SaysWhatWadlSays()
    {
        foreach (var path in new[] { "/dicomweb", "/dicomweb/studies", "/dicomweb/studies/1.2/series/1.2.3/instances/1.2.3.4/frames/1", "/wado" })
        {
            using var asXml = await OptionsAsync(path);
            using var asJson = await OptionsAsync(path, "application/vnd.sun.wadl+xml;q=0.5, application/json");
            Assert.Equal("application/json", asJson.Content.Headers.ContentType!.ToString());
            var resources = JsonDocument.Parse(await asJson.Content.ReadAsStringAsync()).RootElement.GetProperty("application").GetProperty("resources");
            AssertEqual(Resources(await ReadAsync(asXml)), resources);
        }
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("application/dicom")]
    public async Task Options_OtherMediaType_IsNotAcceptable(string accept) => await ApiServer.AssertProblemAsync(406, await OptionsAsync("/dicomweb", accept));

    [Fact]
    public async Task Method_NotAmongThoseDescribed_IsRefusedWithTheSameAllow()
    {
        var (table, sample) = (new RouteTable(server), SampleObjects.Ct(SampleOptions.Fresh()));
        foreach (var path in table.DicomWeb)
            foreach (var method in new[] { "GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "X" })
            {
                if (table.MethodsOf(path).Contains(method, StringComparer.OrdinalIgnoreCase)) continue;
                using var response = await server.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), RouteTable.Fill(path, sample)));
                await ApiServer.AssertProblemAsync(405, response);
                Assert.Equal(table.MethodsOf(path), response.Content.Headers.Allow.Order(StringComparer.Ordinal));
            }
    }

    [Theory]
    [InlineData("/dicomweb/nothing")]
    [InlineData("/nothing")]
    public async Task Options_NoSuchResource_IsNotFound(string path) => await ApiServer.AssertProblemAsync(404, await OptionsAsync(path));

    private Task<HttpResponseMessage> OptionsAsync(string path, string? accept = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Options, path);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        return server.Http.SendAsync(request);
    }

    /// <summary>A value that the parameter takes; null for what is described as refused.</summary>
    private static string? Value(XElement parameter, string type, SampleObject sample) => parameter.Attribute("name")!.Value switch
    {
        "anonymize" => null,
        "accept" or "contentType" => type.Split(';')[0] is "multipart/related" ? type : type.Split(';')[0],
        "charset" => "utf-8",
        "includefield" => "StudyDescription",
        "TimezoneOffsetFromUTC" => "+0100",
        "transferSyntax" => "*",
        "PatientID" => sample.PatientId,
        _ => parameter.Attribute("type")!.Value switch { "xs:int" => "1", "xs:boolean" => "true", _ => "" },
    };

    private static void Collect(XElement resource, string above, SortedSet<string> into)
    {
        var path = $"{above}/{resource.Attribute("path")!.Value}";
        foreach (var method in MethodsOf(resource)) into.Add($"{method} {path}");
        foreach (var child in resource.Elements(Ns + "resource")) Collect(child, path, into);
    }

    private static IEnumerable<string> MethodsOf(XElement resource) => resource.Elements(Ns + "method").Select(m => m.Attribute("name")!.Value);

    private static async Task<XElement> ReadAsync(HttpResponseMessage response) => XElement.Parse(await response.Content.ReadAsStringAsync());

    private static XElement Resources(XElement application)
    {
        Assert.Equal(Ns + "application", application.Name);
        return Assert.Single(application.Elements(Ns + "resources"));
    }

    private static void AssertEqual(XElement xml, JsonElement json)
    {
        foreach (var attribute in xml.Attributes()) Assert.Equal(attribute.Value, json.GetProperty(attribute.Name.LocalName).GetString());
        var groups = xml.Elements().GroupBy(e => e.Name.LocalName).ToList();
        Assert.Equal(xml.Attributes().Count() + groups.Count, json.EnumerateObject().Count());
        foreach (var group in groups)
        {
            var member = json.GetProperty(group.Key);
            var list = member.ValueKind == JsonValueKind.Array ? member.EnumerateArray().ToList() : [member];
            Assert.Equal(group.Count(), list.Count);
            foreach (var (element, item) in group.Zip(list)) AssertEqual(element, item);
        }
    }
}
