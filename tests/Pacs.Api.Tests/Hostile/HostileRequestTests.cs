using System.Diagnostics;
using System.Text;
using System.Xml.Linq;
using Pacs.Api.Tests.Hosting;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hostile;

/// <summary>Requests that are HTTP and mean harm, to every resource of DICOMweb: a defined status at little cost, and no word of them in the log.</summary>
public sealed class HostileRequestTests(HostileServer server) : IClassFixture<HostileServer>
{
    /// <summary>In every hostile text, by which it would be found where it does not belong.</summary>
    private const string Mark = "inj3ct";

    private static readonly XNamespace Wadl = "http://wadl.dev.java.net/2009/02";

    private static readonly string[] Texts =
    [
        "%2e%2e", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%2f..%2fetc", "..%5c..%5cwindows", "1.2%2f3", "1.2%00", "%00", "%", "%zz", "%c0%ae%c0%ae", "%ff%fe",
        "%D9%A1.%D9%A2", "%EF%BC%91.%EF%BC%92", "%F0%9D%9F%8F", "1.2%20", "%201.2", "1..2", ".", "1.2.", "-1", "1e9", "0x1",
        $"1.2'%3B%20DROP%20TABLE%20studies%3B--{Mark}", $"1.2'%20OR%20'1'%3D'1{Mark}", $"%22%3B{Mark}", $"1%0D%0AX-{Mark}:%20yes", $"1%0AWARN:%20{Mark}", $"%1B%5B2J{Mark}",
        $"%7B0%7D%7BStudy%7D{Mark}", $"%24%7Bjndi:ldap:%2F%2Flocalhost%2F{Mark}%7D", $"%3Cscript%3E{Mark}%3C%2Fscript%3E", $"%E2%80%AE{Mark}%EF%BB%BF", "%F0%90",
    ];

    private static readonly string Long = string.Concat(Enumerable.Repeat("1.", 10_000)) + "1";

    [Fact]
    public async Task Path_HostileSegment_IsRefusedOrFindsNothing()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        var before = server.CountInstances();
        var table = new RouteTable(server);
        var answers = 0;
        foreach (var path in table.DicomWeb)
        {
            var segments = path.Split('/');
            for (var i = 0; i < segments.Length; i++)
            {
                if (!segments[i].StartsWith('{')) continue;
                foreach (var text in Texts.Append(Long))
                {
                    var address = RouteTable.Fill(string.Join('/', segments.Select((segment, n) => n == i ? "\u0001" : segment)), sample).Replace("\u0001", text, StringComparison.Ordinal);
                    await AssertHarmlessAsync("GET", address);
                    answers++;
                }
            }
        }
        foreach (var text in Texts.Append(Long))
        {
            await AssertHarmlessAsync("DELETE", $"/dicomweb/studies/{text}/series/1.2");
            await AssertHarmlessAsync("OPTIONS", $"/dicomweb/studies/{text}");
            await AssertHarmlessAsync("POST", $"/dicomweb/studies/{text}");
        }
        Assert.True(answers > 1_500, $"{answers} requests");
        await server.AssertNothingStoredAsync(before);
        AssertLogIsClean();
    }

    [Fact]
    public async Task Query_HostileValueOfEveryParameter_IsRefusedOrFindsNothing()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        var before = server.CountInstances();
        foreach (var path in new RouteTable(server).DicomWeb.Where(p => p != "/dicomweb"))
        {
            var address = RouteTable.Fill(path, sample);
            using var options = await server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, address));
            var names = XElement.Parse(await options.Content.ReadAsStringAsync()).Element(Wadl + "resources")!.Element(Wadl + "resource")!.Elements(Wadl + "method")
                .Where(m => m.Attribute("name")!.Value == "GET").Descendants(Wadl + "param").Where(p => p.Attribute("style")!.Value == "query").Select(p => p.Attribute("name")!.Value).ToList();
            // WADO-URI is its parameters; a search has the same keys on every resource.
            var isSearch = names.Contains("PatientID") && path != "/dicomweb/instances";
            foreach (var name in isSearch ? names.Take(9) : names.Append($"{Mark}%0D%0AX"))
                foreach (var text in isSearch ? Texts.Where((_, i) => i % 5 == 0) : Texts)
                    await AssertHarmlessAsync("GET", $"{address.Split('?')[0]}?{name}={text}{(address.Contains('?', StringComparison.Ordinal) ? "&" + string.Join('&', address.Split('?')[1].Split('&').Where(p => !p.StartsWith(name + "=", StringComparison.Ordinal))) : "")}");
        }
        Assert.Equal(before, server.CountInstances());
        AssertLogIsClean();
    }

    public static TheoryData<string, string> Headers => new()
    {
        { "Accept", string.Join(',', Enumerable.Range(0, 2_500).Select(i => $"a/b{i}")) },
        { "Accept", string.Join(',', Enumerable.Repeat("*/*;q=0.1", 2_500)) },
        { "Accept", string.Concat(Enumerable.Repeat("application/dicom;", 1_500)) },
        { "Accept", new string('"', 20_000) },
        { "Accept", new string(',', 30_000) },
        { "Accept", $"multipart/related; type=\"{new string('x', 20_000)}\"" },
        { "Accept", $"application/dicom; transfer-syntax=1.2'{Mark}" },
        { "Accept", "application/dicom+json;q=NaN, */*;q=-1, x/y;q=1e308" },
        { "Accept-Encoding", string.Join(',', Enumerable.Repeat("br;q=0.1", 3_000)) },
        { "Range", "bytes=" + string.Join(',', Enumerable.Range(0, 4_000).Select(i => $"0-{i}")) },
        { "Range", "bytes=" + string.Join(',', Enumerable.Repeat("-1", 8_000)) },
        { "Range", "bytes=99999999999999999999-" },
        { "Range", "bytes=9223372036854775807-9223372036854775807" },
        { "Range", "bytes=-0" },
        { "Range", "bytes=5-1" },
        { "If-None-Match", string.Join(',', Enumerable.Range(0, 4_000).Select(i => $"\"{i}\"")) },
        { "If-None-Match", $"W/\"{new string('x', 30_000)}" },
        { "If-Range", $"\"{Mark}" },
        { "Authorization", $"Bearer {new string('x', 30_000)}" },
        { "X-Api-Key", $"{Mark}'; DROP TABLE api_keys;--" },
        { "X-Forwarded-Host", $"{Mark}.example.org" },
        { "Forwarded", string.Join(',', Enumerable.Repeat($"for={Mark}", 2_000)) },
        { "Origin", $"https://{Mark}.example.org" },
        { "traceparent", $"00-{Mark}" },
        { "Expect", "100-continue" },
        { "Upgrade", "websocket" },
        { "X-HTTP-Method-Override", "DELETE" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task Header_Hostile_IsAnsweredInShort(string name, string value)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        foreach (var path in new RouteTable(server).DicomWeb)
        {
            await AssertHarmlessAsync("GET", RouteTable.Fill(path, sample), $"{name}: {value}\r\n");
            await AssertHarmlessAsync("GET", RouteTable.Fill(path, sample), $"{name}: {value[..Math.Min(value.Length, 12_000)]}\r\n{name}: {value[..Math.Min(value.Length, 12_000)]}\r\n");
        }
        AssertLogIsClean();
    }

    [Fact]
    public async Task Frames_TenThousandInAList_AreAnsweredAtBoundedCost()
    {
        var sample = SampleObjects.MultiFrame(SampleOptions.Fresh() with { Rows = 2, Columns = 2, Frames = 10_000 });
        await server.StoreAsync(sample);
        var frames = RouteTable.Fill("/dicomweb/studies/{study}/series/{series}/instances/{instance}/frames/", sample);
        var watch = Stopwatch.StartNew();
        using (var all = await server.GetAsync(frames + string.Join(',', Enumerable.Range(1, 10_000))))
        {
            Assert.True(all.IsSuccessStatusCode);
            Assert.Equal(10_000, (await ApiServer.PartsAsync(all)).Count);
        }
        foreach (var list in new[] { string.Join(',', Enumerable.Repeat("1", 10_000)), string.Join(',', Enumerable.Repeat("0", 20_000)), new string(',', 20_000), new string('9', 20_000), "1-10000", "2147483648" })
            await ApiServer.AssertProblemAsync(400, await server.GetAsync(frames + list));
        await ApiServer.AssertProblemAsync(404, await server.GetAsync(frames + "2147483647"));
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"{watch.Elapsed}");
    }

    private async Task AssertHarmlessAsync(string method, string address, string headers = "")
    {
        var answer = await RawHttp.SendAsync(server.Address, $"{method} {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        var statuses = RawHttp.Statuses(answer);
        Assert.True(statuses is [< 500], $"{method} {Short(address)} {Short(headers)}: {Short(answer)}");
        Assert.DoesNotContain($"\nX-{Mark}", answer, StringComparison.OrdinalIgnoreCase);
    }

    private void AssertLogIsClean()
    {
        Assert.DoesNotContain(server.Log, line => line.Contains(Mark, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(server.Log, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal));
    }

    private static string Short(string text) => text.Length <= 300 ? text : text[..300];
}
