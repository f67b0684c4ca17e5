using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.Xml;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Wado;

public sealed class WadoTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string AnyDicom = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

    [Theory]
    [InlineData("1.2.840.10008.1.2")]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2.2")]
    [InlineData("1.2.840.10008.1.2.1.99")]
    public async Task Instance_AnyTransferSyntax_IsTheStoredFile(string syntax)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(syntax) });
        await server.StoreAsync(ct);
        using var response = await server.GetAsync(Path(ct), AnyDicom);
        var (type, file) = Assert.Single(await ApiServer.PartsAsync(response));
        Assert.Equal($"application/dicom; transfer-syntax={syntax}", type);
        Assert.Equal(ct.ToDatasetBytes(), file[^ct.ToDatasetBytes().Length..]);
        Assert.NotNull(response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Instance_NoTransferSyntaxNamed_IsExplicitLittleEndian()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian });
        await server.StoreAsync(ct);
        using var response = await server.GetAsync(Path(ct), "application/dicom");
        Assert.Equal("application/dicom", response.Content.Headers.ContentType?.MediaType);
        var file = DicomFile.Read(new MemoryStream(await response.Content.ReadAsByteArrayAsync()));
        Assert.Equal(TransferSyntaxRegistry.ExplicitVrLittleEndian, file.FileMeta.TransferSyntax);
        Assert.Equal(ct.PatientId, file.Dataset.GetString(Tags.PatientID));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("*/*")]
    [InlineData("multipart/related; type=application/dicom")]
    public async Task Instance_EncapsulatedPixels_ComeAsStored(string? accept)
    {
        var jpeg = SampleObjects.Encapsulated(SampleOptions.Fresh());
        await server.StoreAsync(jpeg);
        using var response = await server.GetAsync(Path(jpeg), accept);
        var (type, _) = Assert.Single(await ApiServer.PartsAsync(response));
        Assert.EndsWith(Uids.JPEGBaseline8Bit, type, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Study_AllInstances_ComeInOrder()
    {
        var options = SampleOptions.Fresh();
        var slices = Enumerable.Range(1, 4).Select(i => SampleObjects.Ct(options with { InstanceNumber = 5 - i })).ToList();
        await server.StoreAsync(slices);
        foreach (var path in new[] { $"/dicomweb/studies/{slices[0].StudyInstanceUid}", $"/dicomweb/studies/{slices[0].StudyInstanceUid}/series/{slices[0].SeriesInstanceUid}" })
        {
            using var response = await server.GetAsync(path, AnyDicom);
            var uids = (await ApiServer.PartsAsync(response)).Select(p => DicomFile.Read(new MemoryStream(p.Data)).Dataset.GetString(Tags.SOPInstanceUID));
            Assert.Equal(slices.Select(s => s.SopInstanceUid).Reverse(), uids);
        }
    }

    [Fact]
    public async Task Frames_Native_AreTheirOctets()
    {
        var clip = SampleObjects.MultiFrame(SampleOptions.Fresh());
        await server.StoreAsync(clip);
        var pixels = ((ValueElement)clip.Dataset[Tags.PixelData]!).Value.ToArray();
        var size = pixels.Length / 4;
        using var response = await server.GetAsync(Path(clip) + "/frames/3,1", "multipart/related; type=\"application/octet-stream\"");
        var parts = await ApiServer.PartsAsync(response);
        Assert.Equal([pixels[(2 * size)..(3 * size)], pixels[..size]], parts.Select(p => p.Data));

        using var single = await server.GetAsync(Path(clip) + "/frames/2", "application/octet-stream", ("Range", "bytes=10-19"));
        Assert.Equal(HttpStatusCode.PartialContent, single.StatusCode);
        Assert.Equal($"bytes 10-19/{size}", single.Content.Headers.ContentRange?.ToString());
        Assert.Equal(pixels[(size + 10)..(size + 20)], await single.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("image/jpeg", "image/jpeg")]
    [InlineData("multipart/related; type=\"application/octet-stream\"; transfer-syntax=*", "application/octet-stream")]
    [InlineData("multipart/related; type=\"image/jpeg\"", "image/jpeg")]
    [InlineData("*/*", "image/jpeg")]
    public async Task Frames_Encapsulated_ComeInTheirCompression(string accept, string type)
    {
        var jpeg = SampleObjects.Encapsulated(SampleOptions.Fresh() with { Frames = 2, FragmentsPerFrame = 2, HasOffsetTable = true });
        await server.StoreAsync(jpeg);
        using var response = await server.GetAsync(Path(jpeg) + "/frames/2", accept);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var isSingle = accept == "image/jpeg";
        var (partType, data) = isSingle ? (response.Content.Headers.ContentType!.ToString(), await response.Content.ReadAsByteArrayAsync()) : (await ApiServer.PartsAsync(response))[0];
        Assert.StartsWith(type, partType, StringComparison.Ordinal);
        Assert.Equal(0xFF, data[0]);
        Assert.Equal(0xD8, data[1]);
    }

    [Fact]
    public async Task BulkData_Video_IsTheWholeStreamAtItsUri()
    {
        var video = SampleObjects.Encapsulated(SampleOptions.Fresh() with
        {
            TransferSyntax = TransferSyntaxRegistry.GetOrAssume(Uids.MPEG4HP41),
            Customize = dataset => dataset.Set(Tags.NumberOfFrames, "5"),
        });
        await server.StoreAsync(video);
        var dataset = Assert.Single((await server.GetJsonAsync(Path(video) + "/metadata")).EnumerateArray());
        var uri = dataset.GetProperty("7FE00010").GetProperty("BulkDataURI").GetString()!;
        using var response = await server.GetAsync(uri, "video/mp4");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.StartsWith("video/mp4", response.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        var (type, data) = Assert.Single(await ApiServer.PartsAsync(await server.GetAsync(uri)));
        Assert.StartsWith("video/mp4", type, StringComparison.Ordinal);
        Assert.Equal(await response.Content.ReadAsByteArrayAsync(), data);
        Assert.NotEmpty(data);
        await ApiServer.AssertProblemAsync(404, await server.GetAsync(Path(video) + "/frames/1"));
    }

    [Fact]
    public async Task BulkData_RangeOutside_TellsTheLength()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        var size = ((ValueElement)ct.Dataset[Tags.PixelData]!).Value.Length;
        using var response = await server.GetAsync(Path(ct) + "/bulkdata/7FE00010", "application/octet-stream", ("Range", "bytes=99999999-"));
        await ApiServer.AssertProblemAsync(416, response);
        Assert.Equal($"bytes */{size}", response.Content.Headers.ContentRange?.ToString());
    }

    [Fact]
    public async Task Metadata_EveryLevel_HasTheAttributesAndWhereBulkDataIs()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        foreach (var path in new[] { $"/dicomweb/studies/{ct.StudyInstanceUid}", $"/dicomweb/studies/{ct.StudyInstanceUid}/series/{ct.SeriesInstanceUid}", Path(ct) })
        {
            var dataset = Assert.Single((await server.GetJsonAsync(path + "/metadata")).EnumerateArray());
            Assert.Equal(ct.SopInstanceUid, dataset.GetProperty("00080018").GetProperty("Value")[0].GetString());
            Assert.False(dataset.TryGetProperty("00020010", out _));
            using var pixels = await server.GetAsync(dataset.GetProperty("7FE00010").GetProperty("BulkDataURI").GetString()!, "application/octet-stream");
            Assert.Equal(((ValueElement)ct.Dataset[Tags.PixelData]!).Value.ToArray(), await pixels.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task Metadata_ETag_ChangesWhenTheSeriesDoes()
    {
        var options = SampleOptions.Fresh();
        var ct = SampleObjects.Ct(options);
        await server.StoreAsync(ct);
        var path = $"/dicomweb/studies/{ct.StudyInstanceUid}/series/{ct.SeriesInstanceUid}/metadata";
        using var first = await server.GetAsync(path);
        var tag = first.Headers.ETag!.ToString();
        using var again = await server.GetAsync(path, null, ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await (await server.GetAsync(path)).Content.ReadAsStringAsync());

        await server.StoreAsync(SampleObjects.Ct(options with { InstanceNumber = 2 }));
        using var changed = await server.GetAsync(path, null, ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(2, JsonDocument.Parse(await changed.Content.ReadAsStringAsync()).RootElement.GetArrayLength());
    }

    [Fact]
    public async Task Metadata_Xml_HasTheSameAndAnEntityTagOfItsOwn()
    {
        const string Parts = "multipart/related; type=\"application/dicom+xml\"";
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var json = await server.GetAsync(Path(ct) + "/metadata");
        var expected = (await json.Content.ReadAsStringAsync())[1..^1];
        for (var i = 0; i < 2; i++)
        {
            using var xml = await server.GetAsync(Path(ct) + "/metadata", Parts);
            var (type, data) = Assert.Single(await ApiServer.PartsAsync(xml));
            Assert.Equal("application/dicom+xml", type);
            Assert.Contains($"<BulkData uri=\"{server.Address}{Path(ct)}/bulkdata/7FE00010\"/>", Encoding.UTF8.GetString(data), StringComparison.Ordinal);
            var dataset = NativeModel.Read(new MemoryStream(data), keepBulkDataUris: true);
            using var same = JsonDocument.Parse(expected);
            Assert.Equal(same.RootElement.EnumerateObject().Select(p => p.Name), dataset.Select(e => e.Tag.ToHex()));
            Assert.NotEqual(json.Headers.ETag, xml.Headers.ETag);
            Assert.Equal(HttpStatusCode.NotModified, (await server.GetAsync(Path(ct) + "/metadata", Parts, ("If-None-Match", xml.Headers.ETag!.ToString()))).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(Path(ct) + "/metadata", Parts, ("If-None-Match", json.Headers.ETag!.ToString()))).StatusCode);
        }
        using var alone = await server.GetAsync(Path(ct) + "/metadata", "application/dicom+xml");
        Assert.Equal(ct.SopInstanceUid, NativeModel.Read(await alone.Content.ReadAsStreamAsync(), keepBulkDataUris: true).GetString(Tags.SOPInstanceUID));
        await ApiServer.AssertProblemAsync(406, await server.GetAsync($"/dicomweb/studies/{ct.StudyInstanceUid}/metadata", "application/dicom+xml"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Metadata_CompressionAccepted_IsUsed(string coding)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        for (var i = 0; i < 2; i++)
        {
            using var response = await server.GetAsync(Path(ct) + "/metadata", null, ("Accept-Encoding", coding));
            Assert.Equal([coding], response.Content.Headers.ContentEncoding);
            var body = await response.Content.ReadAsStreamAsync();
            await using var text = coding == "br" ? new BrotliStream(body, CompressionMode.Decompress) : (Stream)new GZipStream(body, CompressionMode.Decompress);
            Assert.Equal(1, (await JsonDocument.ParseAsync(text)).RootElement.GetArrayLength());
        }
    }

    [Fact]
    public async Task Head_Instance_HasHeadersAndNoBody()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var response = await server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path(ct)) { Headers = { { "Accept", "application/dicom; transfer-syntax=*" } } });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Content.Headers.ContentLength > 1000);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("studies/1.2.3.4.5", null, 404)]
    [InlineData("studies/1.2.3.4.5/metadata", null, 404)]
    [InlineData("studies/1.2.3.4.5/series/1.2/instances/1/frames/1", null, 404)]
    [InlineData("studies/what%20is%20this", null, 400)]
    [InlineData("studies/12345678901234567890123456789012345678901234567890123456789012345", null, 400)]
    [InlineData("studies/1.2.3.4.5", "text/html", 406)]
    [InlineData("studies/1.2.3.4.5", "application/dicom", 406)]
    [InlineData("studies/1.2.3.4.5/metadata", "text/html", 406)]
    [InlineData("studies/1.2.3.4.5/series/1.2/instances/1/frames/0", null, 400)]
    [InlineData("studies/1.2.3.4.5/series/1.2/instances/1/frames/a", null, 400)]
    [InlineData("studies/1.2.3.4.5/series/1.2/instances/1/bulkdata/7FE00010", null, 404)]
    public async Task Retrieve_BadRequest_IsRefusedWithAReason(string path, string? accept, int status) =>
        await ApiServer.AssertProblemAsync(status, await server.GetAsync("/dicomweb/" + path, accept));

    [Fact]
    public async Task Retrieve_WhatCannotBeHad_IsRefusedWithAReason()
    {
        var jpeg = SampleObjects.Encapsulated(SampleOptions.Fresh());
        await server.StoreAsync(jpeg);
        foreach (var (path, accept, status) in new[]
        {
            ("", "multipart/related; type=\"application/dicom\"; transfer-syntax=1.2.840.10008.1.2.1", 406),
            ("/frames/1", "multipart/related; type=\"application/octet-stream\"", 406),
            ("/frames/1", "image/png", 406),
            ("/frames/99", "*/*", 404),
            ("/bulkdata/00420011", "*/*", 404),
        })
        {
            await ApiServer.AssertProblemAsync(status, await server.GetAsync(Path(jpeg) + path, accept));
        }
    }

    private static string Path(SampleObject o) => $"/dicomweb/studies/{o.StudyInstanceUid}/series/{o.SeriesInstanceUid}/instances/{o.SopInstanceUid}";
}
