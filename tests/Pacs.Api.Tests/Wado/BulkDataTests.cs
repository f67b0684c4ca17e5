using System.Net;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Wado;

/// <summary>Bulk values over HTTP: by their URIs, all of an object, series or study, documents.</summary>
public sealed class BulkDataTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Octets = "multipart/related; type=\"application/octet-stream\"";

    private static readonly byte[] Value = Enumerable.Range(0, 70_000).Select(i => (byte)(i * 7 / 3)).ToArray();

    /// <summary>Where <see cref="WithBulkEverywhere"/> has values of more than 64 KiB.</summary>
    internal static readonly string[] Places =
        ["00091010", "00283000/1/00283006", "00880200/0/7FE00010", "50003000", "54000100/0/54001010", "60003000", "7FE00010"];

    /// <summary>Private, in sequences, curve, waveform, overlay, pixels – and an icon of fragments in an object that is not compressed otherwise.</summary>
    internal static SampleObject WithBulkEverywhere(SampleOptions options) => SampleObjects.Encapsulated(options with
    {
        Customize = d => d.Set(new ValueElement(new Tag(0x0009, 0x0010), Vr.LO, "TEST"u8.ToArray())).Set(new ValueElement(new Tag(0x0009, 0x1010), Vr.OB, Value))
            .Set(Tags.ModalityLUTSequence, new DicomDataset().Set(Tags.LUTExplanation, "none"), new DicomDataset().Set(new ValueElement(Tags.LUTData, Vr.OW, Value)))
            .Set(Tags.IconImageSequence, new DicomDataset().Set(new FragmentsElement(Tags.PixelData, Vr.OB, [default, Value.AsMemory(0, 500), Value.AsMemory(500)])))
            .Set(new ValueElement(new Tag(0x5000, 0x3000), Vr.OW, Value)).Set(new ValueElement(new Tag(0x6000, 0x3000), Vr.OW, Value))
            .Set(Tags.WaveformSequence, new DicomDataset().Set(new ValueElement(Tags.WaveformData, Vr.OW, Value))),
    });

    [Fact]
    public async Task Value_OfEveryPlace_ComesWithItsUriAsContentLocation()
    {
        var sample = WithBulkEverywhere(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        foreach (var place in Places[..^1])
        {
            var uri = $"{server.Address}{Path(sample)}/bulkdata/{place}";
            var part = Assert.Single(await ReceivedPart.ReadAsync(await server.GetAsync(uri)));
            Assert.Equal(uri, part.Location);
            Assert.Equal(Value, part.Data);
            Assert.Equal(place.StartsWith("0088", StringComparison.Ordinal) ? $"image/jpeg; transfer-syntax={Uids.JPEGBaseline8Bit}" : $"application/octet-stream; transfer-syntax={Uids.ExplicitVRLittleEndian}", part.ContentType);
            using var single = await server.GetAsync(uri.ToLowerInvariant(), "application/octet-stream; transfer-syntax=*", ("Range", "bytes=-100"));
            Assert.Equal(HttpStatusCode.PartialContent, single.StatusCode);
            Assert.Equal(Value[^100..], await single.Content.ReadAsByteArrayAsync());
            Assert.Equal(uri, single.Content.Headers.ContentLocation?.ToString());
        }
        var all = await ReceivedPart.ReadAsync(await server.GetAsync(Path(sample) + "/bulkdata"));
        Assert.Equal(Places.Select(p => $"{server.Address}{Path(sample)}/bulkdata/{p}"), all.Select(p => p.Location));
        Assert.All(all.SkipLast(1), p => Assert.Equal(Value, p.Data));
        var pixels = Assert.Single(await ReceivedPart.ReadAsync(await server.GetAsync(Path(sample) + "/pixeldata")));
        Assert.Equal((all[^1].Location, all[^1].Data.Length), (pixels.Location, pixels.Data.Length));
    }

    [Fact]
    public async Task All_OfAStudyOrSeries_ComesInstanceByInstance()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] samples =
        [
            SampleObjects.Ct(options), SampleObjects.Ct(options with { InstanceNumber = 2 }),
            SampleObjects.Encapsulated(options with { SeriesNumber = 2, Frames = 2, FragmentsPerFrame = 2 }),
            SampleObjects.Pdf(options with { SeriesNumber = 3 }), SampleObjects.StructuredReport(options with { SeriesNumber = 4 }),
        ];
        await server.StoreAsync(samples);
        string[] uris = [.. samples.Take(4).Select(s => $"{server.Address}{Path(s)}/bulkdata/")];
        string[] pixels = [uris[0] + "7FE00010", uris[1] + "7FE00010", uris[2] + "7FE00010/frames/1", uris[2] + "7FE00010/frames/2"];

        var study = $"/dicomweb/studies/{samples[0].StudyInstanceUid}";
        Assert.Equal([.. pixels, uris[3] + "00420011"], (await ReceivedPart.ReadAsync(await server.GetAsync(study + "/bulkdata"))).Select(p => p.Location));
        var parts = await ReceivedPart.ReadAsync(await server.GetAsync(study + "/pixeldata"));
        Assert.Equal(pixels, parts.Select(p => p.Location));
        foreach (var part in parts)
            Assert.Equal(part.Data, Assert.Single(await ReceivedPart.ReadAsync(await server.GetAsync(part.Location))).Data);
        Assert.Equal(pixels[..2], (await ReceivedPart.ReadAsync(await server.GetAsync($"{study}/series/{samples[0].SeriesInstanceUid}/bulkdata", Octets))).Select(p => p.Location));
        Assert.Equal(pixels[2..], (await ReceivedPart.ReadAsync(await server.GetAsync($"{study}/series/{samples[2].SeriesInstanceUid}/pixeldata", "multipart/related; type=\"image/jpeg\""))).Select(p => p.Location));

        // Compressed pixels are not to be had as octets of their own accord, and then none are.
        await ApiServer.AssertProblemAsync(406, await server.GetAsync(study + "/bulkdata", Octets));
        await ApiServer.AssertProblemAsync(406, await server.GetAsync(study + "/pixeldata", "application/octet-stream"));
        await ApiServer.AssertProblemAsync(404, await server.GetAsync(Path(samples[3]) + "/pixeldata"));
        await ApiServer.AssertProblemAsync(404, await server.GetAsync(Path(samples[4]) + "/bulkdata"));
        Assert.Equal(5, (await ReceivedPart.ReadAsync(await server.GetAsync(study + "/bulkdata", Octets + "; transfer-syntax=*"))).Count);
        using var head = await server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, study + "/bulkdata"));
        Assert.Equal("multipart/related", head.Content.Headers.ContentType?.MediaType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("studies/1.2.3.4.5/bulkdata", null, 404)]
    [InlineData("studies/1.2.3.4.5/series/1.2/pixeldata", null, 404)]
    [InlineData("studies/what%20is%20this/bulkdata", null, 400)]
    [InlineData("studies/1.2.3.4.5/bulkdata", "text/", 406)]
    public async Task All_BadRequest_IsRefusedWithAReason(string path, string? accept, int status) =>
        await ApiServer.AssertProblemAsync(status, await server.GetAsync("/dicomweb/" + path, accept));

    [Fact]
    public async Task All_OfDeleted_IsGone()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var deleted = await server.Http.DeleteAsync($"/api/v1/studies/{ct.StudyInstanceUid}");
        foreach (var path in new[] { $"/dicomweb/studies/{ct.StudyInstanceUid}/bulkdata", Path(ct) + "/pixeldata", Path(ct) + "/bulkdata/7FE00010", Path(ct) + "/frames/1", Path(ct) + "/metadata" })
            await ApiServer.AssertProblemAsync(410, await server.GetAsync(path));
    }

    [Theory]
    [InlineData("7FE00011")]
    [InlineData("00100010")]
    [InlineData("00283000")]
    [InlineData("00283000/1")]
    [InlineData("00283000/0/00283006")]
    [InlineData("00283000/+1/00283006")]
    [InlineData("00283000/99999999999/00283006")]
    [InlineData("..%2f..%2fetc%2fpasswd")]
    [InlineData("'; DROP TABLE instances;--")]
    [InlineData("00091010/frames/1")]
    [InlineData("7FE00010/frames/2")]
    public async Task Value_WhereThereIsNone_IsNotFound(string path)
    {
        var sample = WithBulkEverywhere(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        await ApiServer.AssertProblemAsync(404, await server.GetAsync($"{Path(sample)}/bulkdata/{path}"));
    }

    [Theory]
    [InlineData("application/pdf", "application/pdf")]
    [InlineData("text/XML", "text/xml")]
    [InlineData("model/stl", "model/stl")]
    [InlineData("model/obj", "model/obj")]
    [InlineData("model/gltf-binary", "model/gltf-binary")]
    [InlineData("application/xml; charset=utf-8", "application/xml")]
    [InlineData("", null)]
    [InlineData("pdf", null)]
    [InlineData("text/plain\r\nSet-Cookie: a=b", null)]
    [InlineData("text/plain\n", "text/plain")]
    [InlineData("multipart/mixed", null)]
    [InlineData("a/b/c", null)]
    [InlineData("*/*", null)]
    public async Task Document_MediaType_IsWhatTheObjectSaysUnlessItIsNone(string declared, string? type)
    {
        var pdf = SampleObjects.Pdf(SampleOptions.Fresh() with { Customize = d => d.Set(new ValueElement(Tags.MIMETypeOfEncapsulatedDocument, Vr.LO, System.Text.Encoding.ASCII.GetBytes(declared))) });
        await server.StoreAsync(pdf);
        var uri = (await server.GetJsonAsync(Path(pdf) + "/metadata"))[0].GetProperty("00420011").GetProperty("BulkDataURI").GetString()!;
        var document = ((ValueElement)pdf.Dataset[Tags.EncapsulatedDocument]!).Value.ToArray();
        var octets = $"application/octet-stream; transfer-syntax={Uids.ExplicitVRLittleEndian}";
        foreach (var (accept, expected) in new[] { ("*/*", type ?? octets), (Octets, octets), ($"multipart/related; type=\"{type ?? "application/octet-stream"}\"", type ?? octets) })
        {
            var part = Assert.Single(await ReceivedPart.ReadAsync(await server.GetAsync(uri, accept)));
            Assert.Equal((expected, uri), (part.ContentType, part.Location));
            Assert.Equal(document, part.Data);
        }
        using var single = await server.GetAsync(uri, type ?? "application/octet-stream");
        Assert.Equal(type ?? octets, single.Content.Headers.ContentType?.ToString());
        Assert.Equal(document, await single.Content.ReadAsByteArrayAsync());
        Assert.Equal(["nosniff"], single.Headers.GetValues("X-Content-Type-Options"));
        // What could bring a script is shown, by a browser, without running it.
        Assert.Equal(type is not null and not "application/pdf", single.Headers.TryGetValues("Content-Security-Policy", out _));
        if (type is not null) await ApiServer.AssertProblemAsync(406, await server.GetAsync(uri, "image/png"));
    }

    private static string Path(SampleObject o) => $"/dicomweb/studies/{o.StudyInstanceUid}/series/{o.SeriesInstanceUid}/instances/{o.SopInstanceUid}";
}
