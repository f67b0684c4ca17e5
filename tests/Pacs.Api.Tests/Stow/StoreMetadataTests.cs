using System.Net;
using System.Text;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Hosting;
using Pacs.TestKit.Samples;
using Microsoft.Extensions.DependencyInjection;

namespace Pacs.Api.Tests.Stow;

public sealed class StoreMetadataTests(ApiServer server) : IClassFixture<ApiServer>
{
    private static readonly Tag PrivateBlock = new(0x00091001);

    public static TheoryData<string, byte[], string, string> Pictures => new()
    {
        { "image/jpeg", SampleImages.Jpeg(30, 40, 3), Uids.JPEGBaseline8Bit, "YBR_FULL" },
        { "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", SampleImages.Jpeg(30, 40), Uids.JPEGBaseline8Bit, "MONOCHROME2" },
        { "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.51", SampleImages.Jpeg(30, 40), Uids.JPEGExtended12Bit, "MONOCHROME2" },
        { "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.53", SampleImages.Jpeg(30, 40, frame: 0xC2), Uids.JPEGSpectralSelectionNonHierarchical68, "MONOCHROME2" },
        { "image/jpeg", SampleImages.Jpeg(30, 40, frame: 0xC3, parameter: 1), Uids.JPEGLosslessSV1, "MONOCHROME2" },
        { "image/jls", SampleImages.Jpeg(30, 40, frame: 0xF7), Uids.JPEGLSLossless, "MONOCHROME2" },
        { "image/jp2", SampleImages.Jp2(SampleImages.Jpeg2000(30, 40)), Uids.JPEG2000Lossless, "MONOCHROME2" },
        { "image/jp2; transfer-syntax=1.2.840.10008.1.2.4.91", SampleImages.Jpeg2000(30, 40), Uids.JPEG2000, "MONOCHROME2" },
        { "image/jphc", SampleImages.Jpeg2000(30, 40, isHighThroughput: true), Uids.HTJ2KLossless, "MONOCHROME2" },
        { "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.90", SampleImages.Jpeg2000(30, 40), Uids.JPEG2000Lossless, "MONOCHROME2" },
        { "image/png", SampleImages.Png(40, 30, 8, 2, new byte[40 * 30 * 3]), Uids.ExplicitVRLittleEndian, "RGB" },
        { "image/gif", SampleImages.Gif(40, 30, new byte[12], new byte[40 * 30]), Uids.ExplicitVRLittleEndian, "RGB" },
        { "video/mp4", SampleImages.Mp4(30, 40, 7), "1.2.840.10008.1.2.4.102", "YBR_PARTIAL_420" },
        { "video/mpeg", SampleImages.Mpeg2(30, 40), "1.2.840.10008.1.2.4.100", "YBR_PARTIAL_420" },
    };

    [Theory]
    [MemberData(nameof(Pictures))]
    public async Task Store_Picture_IsAnObjectDescribedByItsOwnHeader(string mediaType, byte[] picture, string syntax, string photometric)
    {
        var metadata = MetadataRequest.Picture();
        var file = await StoredAsync(metadata, MetadataRequest.Json([metadata], (mediaType, "bulk/1", picture)));
        Assert.Equal((syntax, photometric), (file.FileMeta.TransferSyntax.Uid, file.Dataset.GetString(Tags.PhotometricInterpretation)));
        Assert.Equal((30L, 40L, 8L, 7L, 0L), (file.Dataset.GetInteger(Tags.Rows), file.Dataset.GetInteger(Tags.Columns), file.Dataset.GetInteger(Tags.BitsStored), file.Dataset.GetInteger(Tags.HighBit), file.Dataset.GetInteger(Tags.PixelRepresentation)));
        Assert.Equal(file.FileMeta.TransferSyntax.IsLossy && syntax != Uids.JPEG2000 ? "01" : null, file.Dataset.GetString(Tags.LossyImageCompression));
        Assert.Equal(syntax.EndsWith("4.102", StringComparison.Ordinal) ? 7L : null, file.Dataset.GetInteger(Tags.NumberOfFrames));
        if (file.Dataset[Tags.PixelData] is FragmentsElement { Fragments: var fragments })
        {
            Assert.Equal(2, fragments.Count);
            Assert.True(picture.AsSpan().IndexOf(fragments[1].Span.TrimEnd((byte)0)) >= 0);
        }
        else
        {
            Assert.Equal(40 * 30 * 3, ((ValueElement)file.Dataset[Tags.PixelData]!).Value.Length);
        }
    }

    [Fact]
    public async Task Store_BulkBeforeAndAfterMetadataAtAnyDepth_IsPutWhereItBelongs()
    {
        var random = new Random(1);
        byte[] pixels = new byte[64 * 64 * 2], large = new byte[700_000], small = [1, 2, 3];
        random.NextBytes(pixels);
        random.NextBytes(large);
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        sample.Dataset.Set(new BulkDataReference(Tags.PixelData, Vr.OW, "/dicomweb/x"));
        sample.Dataset.Set(PrivateBlock, Vr.LO, "test");
        var json = Encoding.UTF8.GetString(MetadataRequest.Json(sample.Dataset)).Replace("\"00100010\"", """
            "00081140":{"vr":"SQ","Value":[{"00091002":{"vr":"OB","BulkDataURI":"cid:nested"},"00091003":{"vr":"SQ","Value":[{"00091004":{"vr":"OB","BulkDataURI":"a/../small"}}]}}]},"00100010"
            """, StringComparison.Ordinal);
        var content = MetadataRequest.Parts("application/dicom+json",
            ("application/octet-stream\r\nContent-ID: <nested>", null, large), ("application/octet-stream", $"{server.Address}/dicomweb/x", pixels),
            ("application/dicom+json", null, Encoding.UTF8.GetBytes(json)), ("application/octet-stream", "small", small));
        var stored = (await StoredAsync(sample.Dataset, content)).Dataset;
        Assert.Equal(pixels, ((ValueElement)stored[Tags.PixelData]!).Value.ToArray());
        var item = stored.GetItems(new Tag(0x00081140))[0];
        Assert.Equal(large, ((ValueElement)item[new Tag(0x00091002)]!).Value.ToArray());
        Assert.Equal([1, 2, 3, 0], ((ValueElement)item.GetItems(new Tag(0x00091003))[0][new Tag(0x00091004)]!).Value.ToArray());
    }

    [Fact]
    public async Task Store_InlineBinaryAlone_IsStored()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var content = new ByteArrayContent(MetadataRequest.Json(sample.Dataset));
        content.Headers.ContentType = new("application/dicom+json");
        var stored = await StoredAsync(sample.Dataset, content);
        Assert.Equal(((ValueElement)sample.Dataset[Tags.PixelData]!).Value.ToArray(), ((ValueElement)stored.Dataset[Tags.PixelData]!).Value.ToArray());
    }

    [Theory]
    [InlineData("application/pdf", Uids.EncapsulatedPDFStorage)]
    [InlineData("text/XML", Uids.EncapsulatedCDAStorage)]
    [InlineData("model/stl", Uids.EncapsulatedSTLStorage)]
    public async Task Store_Document_IsEncapsulatedWithItsTypeAndLength(string mediaType, string sopClass)
    {
        var document = "%PDF-1.7 odd"u8.ToArray()[..11];
        var metadata = SampleObjects.Pdf(SampleOptions.Fresh() with { SopClassUid = sopClass }).Dataset;
        metadata.Remove(Tags.MIMETypeOfEncapsulatedDocument);
        metadata.Set(new BulkDataReference(Tags.EncapsulatedDocument, Vr.OB, "doc"));
        var stored = (await StoredAsync(metadata, MetadataRequest.Json([metadata], (mediaType, "doc", document)))).Dataset;
        Assert.Equal((mediaType.ToLowerInvariant(), 11L), (stored.GetString(Tags.MIMETypeOfEncapsulatedDocument), stored.GetInteger(Tags.EncapsulatedDocumentLength)));
        Assert.Equal([.. document, 0], ((ValueElement)stored[Tags.EncapsulatedDocument]!).Value.ToArray());
    }

    [Fact]
    public async Task Store_FramesAsPartsOfOneLocation_AreFragmentsInTheirOrder()
    {
        var metadata = MetadataRequest.Picture(sopClass: Uids.MultiFrameTrueColorSecondaryCaptureImageStorage);
        byte[][] frames = [.. Enumerable.Range(0, 3).Select(i => SampleImages.Jpeg(30, 40, 3, parameter: (byte)i))];
        var stored = (await StoredAsync(metadata, MetadataRequest.Json([metadata], [.. frames.Select(f => ("image/jpeg", (string?)"bulk/1", f))]))).Dataset;
        Assert.Equal(3, stored.GetInteger(Tags.NumberOfFrames));
        var fragments = ((FragmentsElement)stored[Tags.PixelData]!).Fragments;
        for (var i = 0; i < 3; i++) Assert.Equal(frames[i], fragments[i + 1][..frames[i].Length].ToArray());
    }

    [Fact]
    public async Task Store_AnimatedGif_IsMultiFrame()
    {
        var metadata = MetadataRequest.Picture(sopClass: Uids.MultiFrameTrueColorSecondaryCaptureImageStorage);
        var stored = (await StoredAsync(metadata, MetadataRequest.Json([metadata], ("image/gif", "bulk/1", SampleImages.Gif(8, 4, new byte[12], new byte[32], new byte[32]))))).Dataset;
        Assert.Equal((2L, "100"), (stored.GetInteger(Tags.NumberOfFrames), stored.GetString(Tags.FrameTime)));
        Assert.Equal("00181063", stored.GetString(Tags.FrameIncrementPointer));
    }

    public static TheoryData<string, string, byte[], int> Refusals => new()
    {
        { "", "image/jpeg", "no picture"u8.ToArray(), 0xC000 },
        { "", "image/bmp", "BM"u8.ToArray(), 0xC122 },
        { "", "application/octet-stream; transfer-syntax=1.2.3", [0, 0], 0xC122 },
        { "", "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.2", [0, 0], 0xC122 },
        { "", "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.70", SampleImages.Jpeg(30, 40), 0xC122 },
        { "", "application/octet-stream", [0, 0], 0xA900 },
        { "", "image/dicom-rle", [0, 0], 0xA900 },
        { "Rows=31", "image/jpeg", SampleImages.Jpeg(30, 40), 0xA900 },
        { "Columns=31", "image/png", SampleImages.Png(40, 30, 8, 0, new byte[1200]), 0xA900 },
        { "SamplesPerPixel=3", "image/jpeg", SampleImages.Jpeg(30, 40), 0xA900 },
        { "BitsAllocated=16", "image/png", SampleImages.Png(40, 30, 8, 0, new byte[1200]), 0xA900 },
        { "BitsStored=12", "image/jpeg", SampleImages.Jpeg(30, 40), 0xA900 },
        { "NumberOfFrames=2", "image/jpeg", SampleImages.Jpeg(30, 40), 0xA900 },
        { "LossyImageCompression=00", "image/jpeg", SampleImages.Jpeg(30, 40), 0xA900 },
        { "", "image/png", SampleImages.PngOf(40, 30, 8, 0, null, 0, [1, 2, 3]), 0xC000 },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Store_BulkThatDoesNotFit_FailsAloneWithItsReason(string attribute, string mediaType, byte[] bulk, int reason)
    {
        var (bad, good) = (MetadataRequest.Picture(), MetadataRequest.Picture("good"));
        if (attribute.Split('=') is [var keyword, var value] && DataElementDictionary.TryParse(keyword, out var tag)) bad.Set(tag, value);
        using var response = await server.Http.PostAsync("/dicomweb/studies", MetadataRequest.Json([bad, good], (mediaType, "bulk/1", bulk), ("image/jpeg", "good", SampleImages.Jpeg(30, 40))));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var report = await JsonAsync(response);
        var failure = Assert.Single(Items(report, "00081198"));
        Assert.Equal((bad.GetString(Tags.SOPInstanceUID), reason), (Value(failure, "00081155"), failure.GetProperty("00081197").GetProperty("Value")[0].GetInt32()));
        Assert.Equal(good.GetString(Tags.SOPInstanceUID), Value(Assert.Single(Items(report, "00081199")), "00081155"));
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Store_MissingAndUnusedAndCutBulk_IsEachTold()
    {
        var datasets = new[] { MetadataRequest.Picture("missing"), MetadataRequest.Picture("http://elsewhere.invalid/x"), MetadataRequest.Picture("wrong-length") };
        using var response = await server.Http.PostAsync("/dicomweb/studies", MetadataRequest.Json(datasets,
            ("image/jpeg", "unused", SampleImages.Jpeg(30, 40)), ("image/jpeg", null, SampleImages.Jpeg(30, 40)), ("image/jpeg\r\nContent-Length: 5", "wrong-length", SampleImages.Jpeg(30, 40))));
        var report = await JsonAsync(response);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal(datasets.Select(d => d.GetString(Tags.SOPInstanceUID)), Items(report, "00081198").Select(i => Value(i, "00081155")));
        Assert.All(Items(report, "00081198"), f => Assert.StartsWith("Bulk data of PixelData", Value(f, "00000902"), StringComparison.Ordinal));
        Assert.Equal(2, Items(report, "0008119A").Count());
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Store_NumbersBeyondAllMeasure_AreToldAndTheOthersStored()
    {
        var (native, video, whole) = (MetadataRequest.Picture("octets"), MetadataRequest.Picture("videos"), MetadataRequest.Picture("picture"));
        foreach (var tag in MetadataRequest.PixelDescription) native.Set(tag, Vr.LO, tag == Tags.PhotometricInterpretation ? "MONOCHROME2" : "999999999999999999");
        var clip = SampleImages.Mp4(30, 40, int.MaxValue);
        using var response = await server.Http.PostAsync("/dicomweb/studies", MetadataRequest.Json([native, video, whole],
            ("application/octet-stream", "octets", [1, 2]), ("video/mp4", "videos", clip), ("video/mp4", "videos", clip), ("image/jpeg", "picture", SampleImages.Jpeg(30, 40))));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var report = await JsonAsync(response);
        Assert.Equal([native.GetString(Tags.SOPInstanceUID), video.GetString(Tags.SOPInstanceUID)], Items(report, "00081198").Select(i => Value(i, "00081155")));
        Assert.Equal(whole.GetString(Tags.SOPInstanceUID), Value(Assert.Single(Items(report, "00081199")), "00081155"));
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Store_OnePartReferredToOverAndOver_DoesNotFillTheDisk()
    {
        var (greedy, modest) = (MetadataRequest.Picture("picture"), MetadataRequest.Picture("picture"));
        for (var i = 0; i < 250; i++) greedy.Set(new BulkDataReference(new Tag(0x00091000 + (uint)i), Vr.OB, "bulk"));
        greedy.Set(new Tag(0x00090010), Vr.LO, "GREEDY");
        using var response = await server.Http.PostAsync("/dicomweb/studies", MetadataRequest.Json([modest, greedy],
            ("image/jpeg", "picture", SampleImages.Jpeg(30, 40)), ("application/octet-stream", "bulk", new byte[300_000])));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var report = await JsonAsync(response);
        Assert.Equal(modest.GetString(Tags.SOPInstanceUID), Value(Assert.Single(Items(report, "00081199")), "00081155"));
        var refused = Assert.Single(Items(report, "00081198"));
        Assert.Equal((greedy.GetString(Tags.SOPInstanceUID), 0x0110), (Value(refused, "00081155"), refused.GetProperty("00081197").GetProperty("Value")[0].GetInt32()));
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData("[]", 400)]
    [InlineData("", 400)]
    [InlineData("no json", 400)]
    [InlineData("[[{}]]", 400)]
    [InlineData("[{\"00080018\":{\"vr\":\"UI\",\"Value\":[\"1.2\"]}},", 409)]
    [InlineData("[{\"0008\":{}}]", 400)]
    [InlineData("[{\"00080018\":{\"vr\":\"UI\",\"Value\":[\"1.2\"],\"BulkDataURI\":\"x\"}}]", 400)]
    public async Task Store_BadMetadata_IsToldAndLeavesNothing(string json, int status)
    {
        using var response = await server.Http.PostAsync("/dicomweb/studies", MetadataRequest.Parts("application/dicom+json", ("application/dicom+json", null, Encoding.UTF8.GetBytes(json))));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotEmpty(Items(await JsonAsync(response), "0008119A").Concat(Items(await JsonAsync(response), "00081198")));
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Store_Xml_IsStoredWithItsBulkDataAndABrokenDocumentFailsAlone()
    {
        var (first, second) = (MetadataRequest.Picture(), MetadataRequest.Picture());
        var content = MetadataRequest.Parts("application/dicom+xml", ("application/dicom+xml", null, MetadataRequest.Xml(first)), ("application/dicom+xml", null, "<NativeDicomModel>"u8.ToArray()),
            ("image/jpeg", "bulk/1", SampleImages.Jpeg(30, 40)), ("application/dicom+xml; transfer-syntax=1.2.840.10008.1.2.1", null, MetadataRequest.Xml(second)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/dicomweb/studies") { Content = content };
        request.Headers.Accept.ParseAdd("application/dicom+xml");
        using var response = await server.Http.SendAsync(request);
        var report = Pacs.Dicom.Xml.NativeModel.Read(await response.Content.ReadAsStreamAsync());
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal([first.GetString(Tags.SOPInstanceUID), second.GetString(Tags.SOPInstanceUID)], report.GetItems(Tags.ReferencedSOPSequence).Select(i => i.GetString(Tags.ReferencedSOPInstanceUID)));
        Assert.Single(report.GetItems(Tags.OtherFailuresSequence));
        var alone = SampleObjects.StructuredReport(SampleOptions.Fresh()).Dataset;
        var body = new ByteArrayContent(MetadataRequest.Xml(alone));
        body.Headers.ContentType = new("application/dicom+xml");
        Assert.Equal(alone.GetItems(Tags.ContentSequence).Count, (await StoredAsync(alone, body)).Dataset.GetItems(Tags.ContentSequence).Count);
    }

    [Fact]
    public async Task Store_BrokenObjectAmongOthers_KeepsThemInTheirOrder()
    {
        var (first, second) = (SampleObjects.Ct(SampleOptions.Fresh()).Dataset, SampleObjects.Ct(SampleOptions.Fresh()).Dataset);
        var json = Encoding.UTF8.GetString(MetadataRequest.Json(first, second)).Replace("},{\"0008", "},{\"00080018\":{\"vr\":\"XX\"}},{\"0008", StringComparison.Ordinal);
        var index = json.LastIndexOf("},{\"00080018\":{\"vr\":\"XX\"}}", StringComparison.Ordinal);
        Assert.True(index > 0);
        using var response = await server.Http.PostAsync("/dicomweb/studies", MetadataRequest.Parts("application/dicom+json", ("application/dicom+json", null, Encoding.UTF8.GetBytes(json))));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var report = await JsonAsync(response);
        Assert.Equal([first.GetString(Tags.SOPInstanceUID), second.GetString(Tags.SOPInstanceUID)], Items(report, "00081199").Select(i => Value(i, "00081155")));
        Assert.NotEmpty(Items(report, "0008119A"));
    }

    [Fact]
    public async Task Store_StudyOfTheAddress_IsTakenOrHeldAgainstTheMetadata()
    {
        var (without, other) = (MetadataRequest.Picture(), MetadataRequest.Picture());
        without.Remove(Tags.StudyInstanceUID);
        using var response = await server.Http.PostAsync("/dicomweb/studies/1.2.3.4", MetadataRequest.Parts("application/dicom+json",
            ("application/dicom+json", null, MetadataRequest.Json(without, other)), ("image/jpeg", "bulk/1", SampleImages.Jpeg(30, 40))));
        var report = await JsonAsync(response);
        Assert.EndsWith("/studies/1.2.3.4", Value(report, "00081190"), StringComparison.Ordinal);
        Assert.Equal(other.GetString(Tags.SOPInstanceUID), Value(Assert.Single(Items(report, "00081198")), "00081155"));
    }

    private async Task<DicomFile> StoredAsync(DicomDataset metadata, HttpContent content)
    {
        using var response = await server.Http.PostAsync("/dicomweb/studies", content);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        AssertNothingIsLeft();
        var path = $"/dicomweb/studies/{metadata.GetString(Tags.StudyInstanceUID)}/series/{metadata.GetString(Tags.SeriesInstanceUID)}/instances/{metadata.GetString(Tags.SOPInstanceUID)}";
        Assert.EndsWith(path, response.Headers.Location!.ToString(), StringComparison.Ordinal);
        using var fetched = await server.GetAsync(path, "application/dicom; transfer-syntax=*");
        return DicomFile.Read(new MemoryStream(await fetched.Content.ReadAsByteArrayAsync()), new() { KeepBulkData = true });
    }

    private void AssertNothingIsLeft() =>
        Assert.DoesNotContain(Directory.EnumerateFiles(server.Services.GetRequiredService<PacsOptions>().IncomingPath, "*", SearchOption.AllDirectories), f => f.EndsWith(".part", StringComparison.Ordinal));

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    private static IEnumerable<JsonElement> Items(JsonElement dataset, string tag) => dataset.TryGetProperty(tag, out var sequence) ? sequence.GetProperty("Value").EnumerateArray() : [];
    private static string Value(JsonElement dataset, string tag) => dataset.GetProperty(tag).GetProperty("Value")[0].GetString()!;
}
