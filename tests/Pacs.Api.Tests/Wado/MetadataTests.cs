using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Wado;

/// <summary>Metadata over HTTP: codings, forms, entity tags, and headers of any length.</summary>
public sealed class MetadataTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string XmlParts = "multipart/related; type=\"application/dicom+xml\"";

    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("identity", "")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("x-gzip", "gzip")]
    [InlineData("GZIP", "gzip")]
    [InlineData("br;q=0.5, gzip;q=0.8", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("br;q=0.001", "br")]
    [InlineData("gzip;q=0.5, identity", "")]
    [InlineData("*", "br")]
    [InlineData("br;q=0, *", "gzip")]
    [InlineData("br;q=0, gzip;q=0", "")]
    [InlineData("zstd", "")]
    [InlineData("identity;q=0, gzip", "gzip")]
    [InlineData("\"", "")]
    public async Task AcceptEncoding_AnyList_GivesTheCodingMostWanted(string? accepted, string coding)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        for (var i = 0; i < 2; i++)
        {
            using var response = await server.GetAsync(Path(ct), null, accepted is null ? [] : [("Accept-Encoding", accepted)]);
            Assert.Equal(coding, string.Join(',', response.Content.Headers.ContentEncoding));
            Assert.Equal(["Accept", "Accept-Encoding"], response.Headers.Vary);
            var body = await response.Content.ReadAsStreamAsync();
            await using var text = coding switch { "br" => new BrotliStream(body, CompressionMode.Decompress), "gzip" => new GZipStream(body, CompressionMode.Decompress), _ => body };
            Assert.Equal(1, (await JsonDocument.ParseAsync(text)).RootElement.GetArrayLength());
        }
    }

    [Theory]
    [InlineData("UTF-8", 200)]
    [InlineData("ISO-8859-1,utf-8", 200)]
    [InlineData("ISO_IR%20192", 200)]
    [InlineData("ISO-8859-1", 406)]
    [InlineData("nonsense", 400)]
    public async Task Charset_OfTheParameter_IsHeld(string charset, int status)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var response = await server.GetAsync($"{Path(ct)}?charset={charset}");
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("identity;q=0")]
    [InlineData("*;q=0")]
    [InlineData("zstd, identity;q=0")]
    public async Task AcceptEncoding_NothingLeft_IsRefused(string accepted)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        await ApiServer.AssertProblemAsync(406, await server.GetAsync(Path(ct), null, ("Accept-Encoding", accepted)));
    }

    [Fact]
    public async Task ETag_EachFormAndCoding_HasItsOwnAndAnswers304()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        var tags = new HashSet<string>();
        foreach (var accept in new[] { "application/dicom+json", XmlParts, "application/dicom+xml" })
        {
            foreach (var coding in new[] { "identity", "gzip", "br" })
            {
                using var first = await server.GetAsync(Path(ct), accept, ("Accept-Encoding", coding));
                using var second = await server.GetAsync(Path(ct), accept, ("Accept-Encoding", coding));
                Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await second.Content.ReadAsByteArrayAsync());
                Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
                var tag = first.Headers.ETag!;
                Assert.False(tag.IsWeak);
                Assert.True(tags.Add(tag.Tag));
                foreach (var known in new[] { tag.Tag, "W/" + tag.Tag, $"\"other\", {tag.Tag}", "*" })
                {
                    using var unchanged = await server.GetAsync(Path(ct), accept, ("Accept-Encoding", coding), ("If-None-Match", known));
                    Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
                    Assert.Equal(tag, unchanged.Headers.ETag);
                    Assert.Equal(["Accept", "Accept-Encoding"], unchanged.Headers.Vary);
                    Assert.Empty(await unchanged.Content.ReadAsByteArrayAsync());
                }
                using var other = await server.GetAsync(Path(ct), accept, ("Accept-Encoding", coding), ("If-None-Match", "\"other\""));
                Assert.Equal(HttpStatusCode.OK, other.StatusCode);
            }
        }
        using var otherForm = await server.GetAsync(Path(ct), "application/dicom+json", ("If-None-Match", tags.Last()));
        Assert.Equal(HttpStatusCode.OK, otherForm.StatusCode);
    }

    [Fact]
    public async Task ETag_ClientsThatSeeTheServerElsewhere_HaveAnother()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var first = await server.GetAsync(Path(ct));
        using var elsewhere = await server.GetAsync(Path(ct), null, ("If-None-Match", first.Headers.ETag!.ToString()), ("Host", "192.0.2.1:8042"));
        Assert.Equal(HttpStatusCode.OK, elsewhere.StatusCode);
        Assert.Contains("\"BulkDataURI\":\"http://192.0.2.1:8042/dicomweb/studies/", await elsewhere.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/dicom+json")]
    [InlineData(XmlParts)]
    public async Task Head_EachForm_HasTheHeadersOfGet(string accept)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var get = await server.GetAsync(Path(ct), accept, ("Accept-Encoding", "gzip"));
        var request = new HttpRequestMessage(HttpMethod.Head, Path(ct));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        using var head = await server.Http.SendAsync(request);
        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal(get.Content.Headers.ContentEncoding, head.Content.Headers.ContentEncoding);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("application/dicom+json")]
    [InlineData(XmlParts)]
    public async Task LongHeader_KeptInTheFile_ComesWhole(string accept)
    {
        // 40 texts of 60,000 bytes: more than the index keeps of a header, and each too short to be bulk data.
        var text = new string('x', 60_000);
        var sr = SampleObjects.StructuredReport(SampleOptions.Fresh() with
        {
            Customize = d => d.Set(Tags.ContentSequence, [.. Enumerable.Range(0, 40).Select(i => new DicomDataset().Set(Tags.TextValue, $"{i} {text}"))]),
        });
        var small = SampleObjects.StructuredReport(SampleOptions.Fresh() with { StudyInstanceUid = sr.StudyInstanceUid, SeriesNumber = 2 });
        await server.StoreAsync(sr, small);
        using var response = await server.GetAsync($"/dicomweb/studies/{sr.StudyInstanceUid}/metadata", accept);
        var body = await response.Content.ReadAsStringAsync();
        for (var i = 0; i < 40; i++) Assert.Contains($"{i} {text}", body, StringComparison.Ordinal);
        Assert.Contains(small.SopInstanceUid, body, StringComparison.Ordinal);
        Assert.True(body.Length > 1 << 21);
    }

    [Theory]
    [InlineData("ISO_IR 100", "Müller^Jörg", new byte[] { (byte)'M', 0xFC, (byte)'l', (byte)'l', (byte)'e', (byte)'r', (byte)'^', (byte)'J', 0xF6, (byte)'r', (byte)'g' })]
    [InlineData("ISO_IR 144", "Лук", new byte[] { 0xBB, 0xE3, 0xDA })]
    [InlineData("GB18030", "王", new byte[] { 0xCD, 0xF5 })]
    public async Task CharacterSet_OfTheFile_BecomesUtf8(string characterSet, string name, byte[] bytes)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh() with { Customize = d => d.Set(Tags.SpecificCharacterSet, characterSet).Set(new ValueElement(Tags.PatientName, Vr.PN, bytes)) });
        await server.StoreAsync(ct);
        var json = (await server.GetJsonAsync(Path(ct)))[0];
        Assert.Equal("ISO_IR 192", json.GetProperty("00080005").GetProperty("Value")[0].GetString());
        Assert.Equal(name, json.GetProperty("00100010").GetProperty("Value")[0].GetProperty("Alphabetic").GetString());
        using var xml = await server.GetAsync(Path(ct), "application/dicom+xml");
        var model = XDocument.Load(await xml.Content.ReadAsStreamAsync());
        string Attribute(string tag) => model.Root!.Elements().Single(e => e.Attribute("tag")!.Value == tag).Value;
        Assert.Equal("ISO_IR 192", Attribute("00080005"));
        Assert.Equal(name.Replace("^", "", StringComparison.Ordinal), Attribute("00100010"));
    }

    [Theory]
    [InlineData("application/dicom+json")]
    [InlineData(XmlParts)]
    public async Task BulkData_OfEveryPlace_IsGivenByUri(string accept)
    {
        var sample = BulkDataTests.WithBulkEverywhere(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        using var response = await server.GetAsync($"{server.Address}{Path(sample)}", accept);
        var body = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
        var instance = server.Address + Path(sample)[..^"/metadata".Length];
        foreach (var path in BulkDataTests.Places) Assert.Contains($"\"{instance}/bulkdata/{path}\"", body, StringComparison.Ordinal);
    }

    private static string Path(SampleObject o) => $"/dicomweb/studies/{o.StudyInstanceUid}/series/{o.SeriesInstanceUid}/instances/{o.SopInstanceUid}/metadata";
}
