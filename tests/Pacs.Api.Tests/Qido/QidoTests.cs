using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Json;
using Pacs.Dicom.Xml;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Qido;

public sealed class QidoTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Search_EveryLevelAndNesting_FindsTheObject()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        foreach (var (path, url) in new[]
        {
            ($"studies?StudyInstanceUID={ct.StudyInstanceUid}", $"/studies/{ct.StudyInstanceUid}"),
            ($"series?SeriesInstanceUID={ct.SeriesInstanceUid}", $"/series/{ct.SeriesInstanceUid}"),
            ($"instances?SOPInstanceUID={ct.SopInstanceUid}", $"/instances/{ct.SopInstanceUid}"),
            ($"studies/{ct.StudyInstanceUid}/series", $"/series/{ct.SeriesInstanceUid}"),
            ($"studies/{ct.StudyInstanceUid}/instances", $"/instances/{ct.SopInstanceUid}"),
            ($"studies/{ct.StudyInstanceUid}/series/{ct.SeriesInstanceUid}/instances", $"/instances/{ct.SopInstanceUid}"),
        })
        {
            var match = Assert.Single((await server.GetJsonAsync("/dicomweb/" + path)).EnumerateArray());
            Assert.StartsWith($"{server.Address}/dicomweb/studies/{ct.StudyInstanceUid}", Value(match, "00081190"), StringComparison.Ordinal);
            Assert.EndsWith(url, Value(match, "00081190"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Search_Studies_AnswersWithWhatTheStandardAsksFor()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        var match = Assert.Single((await server.GetJsonAsync($"/dicomweb/studies?00100020={ct.PatientId}")).EnumerateArray());
        foreach (var tag in new[] { "00080020", "00080030", "00080050", "00080061", "00080090", "00081190", "00100010", "00100020", "00100030", "00100040", "0020000D", "00200010", "00201206", "00201208" })
            Assert.True(match.TryGetProperty(tag, out _), tag);
        Assert.Equal(1, match.GetProperty("00201208").GetProperty("Value")[0].GetInt32());
        Assert.False(match.TryGetProperty("00080060", out _));
    }

    [Fact]
    public async Task Search_Pages_AreDisjointAndTellOfMore()
    {
        var options = SampleOptions.Fresh() with { PatientId = "PAGES" };
        await server.StoreAsync(Enumerable.Range(0, 5).Select(i => SampleObjects.Ct(options with { Seed = options.Seed / 2 + i })));
        var seen = new HashSet<string>();
        for (var offset = 0; offset < 6; offset += 2)
        {
            using var response = await server.GetAsync($"/dicomweb/studies?PatientID=PAGES&limit=2&offset={offset}");
            var page = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.EnumerateArray().ToList();
            Assert.Equal(offset < 4 ? 2 : 1, page.Count);
            Assert.Equal(offset < 4, response.Headers.TryGetValues("Warning", out var warnings) && warnings.Single().Contains("299", StringComparison.Ordinal));
            Assert.All(page, match => Assert.True(seen.Add(Value(match, "0020000D"))));
        }
    }

    [Theory]
    [InlineData("", 400, false)]
    [InlineData("&limit=400", 400, false)]
    [InlineData("&limit=399", 399, true)]
    public async Task Search_LargeAnswer_ComesWholeAndTellsOfMore(string paging, int expected, bool hasMore)
    {
        var options = SampleOptions.Fresh();
        var slices = Enumerable.Range(1, 400).Select(i => SampleObjects.Ct(options with { InstanceNumber = i, Rows = 8, Columns = 8 })).ToList();
        await server.StoreAsync(slices);
        foreach (var path in new[] { $"studies/{slices[0].StudyInstanceUid}/instances?includefield=all", $"instances?includefield=all&StudyInstanceUID={slices[0].StudyInstanceUid}" })
        {
            using var response = await server.GetAsync("/dicomweb/" + path + paging);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(text.Length > 300_000);
            Assert.Equal(expected, JsonDocument.Parse(text).RootElement.EnumerateArray().Select(m => Value(m, "00080018")).Distinct().Count());
            Assert.Equal(hasMore, response.Headers.Contains("Warning"));
        }
    }

    [Theory]
    [InlineData("/dicomweb/studies")]
    [InlineData("/health/live")]
    public async Task Head_IsAnswered(string path)
    {
        using var response = await server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.True(response.IsSuccessStatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Search_OtherMethod_IsToldWhichThereAre()
    {
        using var response = await server.Http.PutAsync("/dicomweb/studies", null);
        await ApiServer.AssertProblemAsync(405, response);
        Assert.Contains("GET", response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Search_NothingMatches_IsAnEmptyArray() =>
        Assert.Empty((await server.GetJsonAsync("/dicomweb/studies?PatientID=NOBODY")).EnumerateArray());

    [Theory]
    [InlineData("studies?PatientName=doe*")]
    [InlineData("studies?PatientName=*JANE*&fuzzymatching=false")]
    [InlineData("studies?StudyDate=20260101-20260131&ModalitiesInStudy=CT")]
    [InlineData("series?Modality=CT&includefield=all")]
    [InlineData("instances?includefield=SOPClassUID,00280010&limit=5")]
    public async Task Search_Keys_FindWhatIsThere(string query)
    {
        await server.StoreAsync(SampleObjects.Ct(SampleOptions.Fresh()));
        Assert.NotEmpty((await server.GetJsonAsync("/dicomweb/" + query)).EnumerateArray());
    }

    [Theory]
    [InlineData("studies?NoSuchKey=1", null, 400)]
    [InlineData("studies?limit=x", null, 400)]
    [InlineData("studies?StudyDate=yesterday", null, 400)]
    [InlineData("studies", "text/html", 406)]
    [InlineData("studies", "application/dicom+xml", 406)]
    [InlineData("nothing", null, 404)]
    public async Task Search_BadRequest_IsRefusedWithAReason(string path, string? accept, int status) =>
        await ApiServer.AssertProblemAsync(status, await server.GetAsync("/dicomweb/" + path, accept));

    [Theory]
    [InlineData(null, "application/dicom+json")]
    [InlineData("*/*", "application/dicom+json")]
    [InlineData("application/json", "application/json")]
    [InlineData("text/html, application/dicom+json;q=0.5", "application/dicom+json")]
    public async Task Search_Accept_ChoosesTheType(string? accept, string type)
    {
        using var response = await server.GetAsync("/dicomweb/studies?limit=1", accept);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["Accept"], response.Headers.Vary);
    }

    [Fact]
    public async Task Search_Xml_IsAPartForEachMatch()
    {
        var options = SampleOptions.Fresh();
        await server.StoreAsync([SampleObjects.Ct(options), SampleObjects.Ct(options with { InstanceNumber = 2 })]);
        var uri = $"/dicomweb/instances?StudyInstanceUID={SampleObjects.Ct(options).StudyInstanceUid}";
        using var byParameter = await server.GetAsync(uri + "&accept=" + Uri.EscapeDataString("multipart/related; type=\"application/dicom+xml\""));
        using var byHeader = await server.GetAsync(uri, "multipart/related; type=application/dicom+xml, application/dicom+json;q=0.9");
        var json = (await server.GetJsonAsync(uri)).EnumerateArray().Select(i => i.GetRawText()).ToList();
        foreach (var response in new[] { byParameter, byHeader })
        {
            var parts = await ApiServer.PartsAsync(response);
            Assert.All(parts, p => Assert.Equal("application/dicom+xml", p.ContentType));
            Assert.Equal(json, parts.Select(p =>
            {
                var buffer = new ArrayBufferWriter<byte>();
                DicomJson.Write(buffer, NativeModel.Read(new MemoryStream(p.Data)));
                return Encoding.UTF8.GetString(buffer.WrittenSpan);
            }));
        }
    }

    [Fact]
    public async Task Search_XmlOfNothing_HasNoContent()
    {
        using var response = await server.GetAsync("/dicomweb/studies?PatientID=NOBODY-HAS-THIS", "multipart/related; type=\"application/dicom+xml\"");
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Null(response.Content.Headers.ContentType);
    }

    private static string Value(JsonElement match, string tag) => match.GetProperty(tag).GetProperty("Value")[0].GetString()!;
}
