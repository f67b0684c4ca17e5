using System.Net;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Wado;

/// <summary>Frames over HTTP: media types, lists, ranges, conditions.</summary>
public sealed class FrameTests(ApiServer server) : IClassFixture<ApiServer>
{
    /// <summary>Tables 8.7.3-4 and 8.7.3-5, and their likes.</summary>
    [Theory]
    [InlineData(Uids.JPEGBaseline8Bit, "image/jpeg")]
    [InlineData(Uids.JPEGExtended12Bit, "image/jpeg")]
    [InlineData(Uids.JPEGFullProgressionNonHierarchical1012, "image/jpeg")]
    [InlineData(Uids.JPEGLossless, "image/jpeg")]
    [InlineData(Uids.JPEGLosslessSV1, "image/jpeg")]
    [InlineData(Uids.JPEGLSLossless, "image/jls")]
    [InlineData(Uids.JPEGLSNearLossless, "image/jls")]
    [InlineData(Uids.JPEG2000Lossless, "image/jp2")]
    [InlineData(Uids.JPEG2000, "image/jp2")]
    [InlineData(Uids.JPEG2000MCLossless, "image/jpx")]
    [InlineData(Uids.JPEG2000MC, "image/jpx")]
    [InlineData(Uids.HTJ2KLossless, "image/jphc")]
    [InlineData(Uids.HTJ2KLosslessRPCL, "image/jphc")]
    [InlineData(Uids.HTJ2K, "image/jphc")]
    [InlineData(Uids.JPEGXLLossless, "image/jxl")]
    [InlineData(Uids.JPEGXLJPEGRecompression, "image/jxl")]
    [InlineData(Uids.JPEGXL, "image/jxl")]
    [InlineData(Uids.RLELossless, "image/dicom-rle")]
    public async Task Compressed_EachSyntax_HasItsMediaType(string syntax, string type)
    {
        var sample = SampleObjects.Encapsulated(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(syntax), Frames = 2, FragmentsPerFrame = 2, HasOffsetTable = true });
        await server.StoreAsync(sample);
        var path = Path(sample) + "/frames/2";
        var expected = ((FragmentsElement)sample.Dataset[Tags.PixelData]!).Fragments.Skip(3).SelectMany(f => f.ToArray()).ToArray();
        var (own, octets) = ($"{type}; transfer-syntax={syntax}", $"application/octet-stream; transfer-syntax={syntax}");
        foreach (var (accept, contentType) in new[]
        {
            ($"multipart/related; type=\"{type}\"", own), ($"multipart/related; type=\"{type}\"; transfer-syntax={syntax}", own), ($"multipart/related; type=\"{type}\"; transfer-syntax=*", own),
            ("multipart/related; type=\"image/*\"", own), ("multipart/related", own), ("*/*", own), ("multipart/related; type=\"application/octet-stream\"; transfer-syntax=*", octets),
            ($"multipart/related; type=\"application/octet-stream\"; transfer-syntax={syntax}", octets), ("image/png, */*;q=0.1", own),
        })
        {
            var part = Assert.Single(await ReceivedPart.ReadAsync(await server.GetAsync(path, accept)));
            Assert.Equal((contentType, server.Address + path), (part.ContentType, part.Location));
            Assert.Equal(expected, part.Data);
        }
        foreach (var (accept, contentType) in new[]
        {
            (type, own), ($"{type}; transfer-syntax={syntax}", own), ("image/*", own), ("application/octet-stream; transfer-syntax=*", octets), ($"application/octet-stream; transfer-syntax={syntax}", octets),
        })
        {
            using var single = await server.GetAsync(path, accept);
            Assert.Equal(contentType, single.Content.Headers.ContentType?.ToString());
            Assert.Equal(expected, await single.Content.ReadAsByteArrayAsync());
        }
        foreach (var accept in new[]
        {
            "image/png", "application/octet-stream", "multipart/related; type=\"application/octet-stream\"", $"{type}; transfer-syntax=1.2.3", $"image/*, {type};q=0",
            $"application/octet-stream; transfer-syntax={Uids.ExplicitVRLittleEndian}", "text/html", "video/mp4",
        })
        {
            await ApiServer.AssertProblemAsync(406, await server.GetAsync(path, accept));
        }
        await ApiServer.AssertProblemAsync(406, await server.GetAsync(Path(sample) + "/frames/1,2", type));
    }

    [Theory]
    [InlineData(Uids.MPEG2MPML, "video/mpeg")]
    [InlineData(Uids.MPEG2MPHLF, "video/mpeg")]
    [InlineData(Uids.MPEG4HP41, "video/mp4")]
    [InlineData(Uids.MPEG4HP42STEREOF, "video/mp4")]
    [InlineData(Uids.HEVCMP51, "video/h265")]
    public async Task Video_IsOneStreamWithRanges(string syntax, string type)
    {
        var sample = SampleObjects.Encapsulated(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(syntax), Frames = 3, FragmentsPerFrame = 2 });
        await server.StoreAsync(sample);
        var uri = (await server.GetJsonAsync(Path(sample) + "/metadata"))[0].GetProperty("7FE00010").GetProperty("BulkDataURI").GetString()!;
        var stream = ((FragmentsElement)sample.Dataset[Tags.PixelData]!).Fragments.Skip(1).SelectMany(f => f.ToArray()).ToArray();
        foreach (var accept in new[] { type, "video/*" })
        {
            using var whole = await server.GetAsync(uri, accept);
            Assert.Equal($"{type}; transfer-syntax={syntax}", whole.Content.Headers.ContentType?.ToString(), ignoreCase: true);
            Assert.Equal(["bytes"], whole.Headers.AcceptRanges);
            Assert.Equal(stream, await whole.Content.ReadAsByteArrayAsync());
            using var middle = await server.GetAsync(uri, accept, ("Range", "bytes=50-299"));
            Assert.Equal(stream[50..300], await middle.Content.ReadAsByteArrayAsync());
        }
        await ApiServer.AssertProblemAsync(404, await server.GetAsync(Path(sample) + "/frames/1"));
    }

    [Theory]
    [InlineData(Uids.ImplicitVRLittleEndian)]
    [InlineData(Uids.ExplicitVRLittleEndian)]
    [InlineData(Uids.ExplicitVRBigEndian)]
    [InlineData(Uids.DeflatedExplicitVRLittleEndian)]
    public async Task Native_EachSyntax_IsLittleEndianOctets(string syntax)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(syntax), Frames = 3 });
        await server.StoreAsync(sample);
        var pixels = ((ValueElement)sample.Dataset[Tags.PixelData]!).Value.ToArray();
        var size = pixels.Length / 3;
        foreach (var parameter in new[] { "", "; transfer-syntax=*", $"; transfer-syntax={Uids.ExplicitVRLittleEndian}", $"; transfer-syntax=\"{Uids.ImplicitVRLittleEndian}\"" })
        {
            using var single = await server.GetAsync(Path(sample) + "/frames/2", "application/octet-stream" + parameter);
            Assert.Equal($"application/octet-stream; transfer-syntax={Uids.ExplicitVRLittleEndian}", single.Content.Headers.ContentType?.ToString());
            Assert.Equal(pixels[size..(2 * size)], await single.Content.ReadAsByteArrayAsync());
        }
        Assert.Equal([pixels[(2 * size)..], pixels[..size]], (await ReceivedPart.ReadAsync(await server.GetAsync(Path(sample) + "/frames/3,1"))).Select(p => p.Data));
        foreach (var accept in new[] { "image/jpeg", $"application/octet-stream; transfer-syntax={Uids.ExplicitVRBigEndian}", $"application/octet-stream; transfer-syntax={Uids.JPEGBaseline8Bit}" })
            await ApiServer.AssertProblemAsync(406, await server.GetAsync(Path(sample) + "/frames/2", accept));
    }

    [Fact]
    public async Task List_OfADeflatedObject_GoesBackAFewTimesOnly()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(Uids.DeflatedExplicitVRLittleEndian), Frames = 20 });
        await server.StoreAsync(sample);
        int[] forward = [.. Enumerable.Range(1, 20)];
        Assert.Equal(20, (await ReceivedPart.ReadAsync(await server.GetAsync($"{Path(sample)}/frames/{string.Join(',', forward)}"))).Count);
        Assert.Equal(9, (await ReceivedPart.ReadAsync(await server.GetAsync($"{Path(sample)}/frames/9,8,7,6,5,4,3,2,1"))).Count);
        await ApiServer.AssertProblemAsync(400, await server.GetAsync($"{Path(sample)}/frames/{string.Join(',', forward.Reverse())}"));
    }

    [Theory]
    [InlineData("1,2,4,3", 200)]
    [InlineData("4%2C1", 200)]
    [InlineData("0004", 200)]
    [InlineData("0", 400)]
    [InlineData("-1", 400)]
    [InlineData("1,1", 400)]
    [InlineData("1,01", 400)]
    [InlineData("1,", 400)]
    [InlineData(",", 400)]
    [InlineData("1-3", 400)]
    [InlineData("%2B1", 400)]
    [InlineData("1.0", 400)]
    [InlineData("%D9%A1", 400)]
    [InlineData("2147483648", 400)]
    [InlineData("99999999999999999999", 400)]
    [InlineData("5", 404)]
    [InlineData("1,2147483647", 404)]
    public async Task List_OfAnyKind_HasADefinedAnswer(string list, int status)
    {
        var clip = SampleObjects.MultiFrame(SampleOptions.Fresh());
        await server.StoreAsync(clip);
        using var response = await server.GetAsync($"{Path(clip)}/frames/{list}");
        if (status != 200)
        {
            await ApiServer.AssertProblemAsync(status, response);
            return;
        }
        var numbers = Uri.UnescapeDataString(list).Split(',').Select(int.Parse);
        Assert.Equal(numbers.Select(n => $"{server.Address}{Path(clip)}/frames/{n}"), (await ReceivedPart.ReadAsync(response)).Select(p => p.Location));
    }

    [Theory]
    [InlineData("bytes=0-9", 206, 0, 10)]
    [InlineData("bytes=1000-", 206, 1000, 24)]
    [InlineData("bytes=-5", 206, 1019, 5)]
    [InlineData("bytes=-5000", 206, 0, 1024)]
    [InlineData("bytes=1023-99999", 206, 1023, 1)]
    [InlineData("bytes=0-1023", 206, 0, 1024)]
    [InlineData("bytes=0-", 206, 0, 1024)]
    [InlineData("bytes=1000-99999999999999999999", 206, 1000, 24)]
    [InlineData("bytes=2000-, 5-6", 206, 5, 2)]
    [InlineData("bytes=0-1,1-6", 200, 0, 1024)]
    [InlineData("bytes=9-3", 200, 0, 1024)]
    [InlineData("bytes=0-1,x", 200, 0, 1024)]
    [InlineData("bytes=", 200, 0, 1024)]
    [InlineData("items=0-1", 200, 0, 1024)]
    [InlineData("bytes=nonsense", 200, 0, 1024)]
    [InlineData("bytes=1024-", 416, 0, 0)]
    [InlineData("bytes=-0", 416, 0, 0)]
    [InlineData("bytes=9223372036854775807-", 416, 0, 0)]
    [InlineData("bytes=1024-, 2000-3000", 416, 0, 0)]
    public async Task Range_OfAFrameAlone_IsThatPart(string range, int status, int from, int count)
    {
        var clip = SampleObjects.MultiFrame(SampleOptions.Fresh());
        await server.StoreAsync(clip);
        using var response = await server.GetAsync(Path(clip) + "/frames/2", "application/octet-stream", ("Range", range));
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 416)
        {
            Assert.Equal("bytes */1024", response.Content.Headers.ContentRange?.ToString());
            return;
        }
        var frame = ((ValueElement)clip.Dataset[Tags.PixelData]!).Value.ToArray()[1024..2048];
        Assert.Equal(frame[from..(from + count)], await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(status == 206 ? $"bytes {from}-{from + count - 1}/1024" : null, response.Content.Headers.ContentRange?.ToString());
        using var parts = await server.GetAsync(Path(clip) + "/frames/2", null, ("Range", range));
        Assert.Equal(HttpStatusCode.OK, parts.StatusCode);
    }

    [Fact]
    public async Task Ranges_OfAFrameAlone_AreParts()
    {
        var clip = SampleObjects.MultiFrame(SampleOptions.Fresh());
        await server.StoreAsync(clip);
        var frame = ((ValueElement)clip.Dataset[Tags.PixelData]!).Value.ToArray()[1024..2048];
        using var response = await server.GetAsync(Path(clip) + "/frames/2", "application/octet-stream", ("Range", "bytes=1000-, 5-6, 4000-5000, 500-509"));
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("multipart/byteranges", response.Content.Headers.ContentType?.MediaType);
        Assert.Null(response.Content.Headers.ContentRange);
        Assert.NotNull(response.Headers.ETag);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(response.Content.Headers.ContentLength, body.Length);
        var text = System.Text.Encoding.Latin1.GetString(body);
        Assert.All(["bytes 1000-1023/1024", "bytes 5-6/1024", "bytes 500-509/1024"], range => Assert.Contains($"\r\nContent-Range: {range}\r\n", text));
        Assert.Equal([frame[1000..], frame[5..7], frame[500..510]], (await ApiServer.PartsAsync(response)).Select(p => p.Data));

        var many = string.Join(',', Enumerable.Range(0, 65).Select(i => $"{i * 2}-{i * 2}"));
        using var whole = await server.GetAsync(Path(clip) + "/frames/2", "application/octet-stream", ("Range", "bytes=" + many));
        Assert.Equal((HttpStatusCode.OK, 1024L), (whole.StatusCode, whole.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Conditions_OfAFrameAlone_AreHeld()
    {
        var clip = SampleObjects.MultiFrame(SampleOptions.Fresh());
        await server.StoreAsync(clip);
        const string Octets = "application/octet-stream";
        using var first = await server.GetAsync(Path(clip) + "/frames/2", Octets);
        var tag = first.Headers.ETag!.ToString();
        using var known = await server.GetAsync(Path(clip) + "/frames/2", Octets, ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        using var other = await server.GetAsync(Path(clip) + "/frames/3", Octets, ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        foreach (var (ifRange, status) in new[] { (tag, 206), ("\"other\"", 200), ("W/" + tag, 200), ("Sat, 21 Nov 2026 12:00:00 GMT", 200) })
        {
            using var response = await server.GetAsync(Path(clip) + "/frames/2", Octets, ("Range", "bytes=0-9"), ("If-Range", ifRange));
            Assert.Equal(status, (int)response.StatusCode);
        }
        foreach (var (ifMatch, status) in new[] { (tag, 200), ("*", 200), ("\"other\", " + tag, 200), ("\"other\"", 412), ("W/" + tag, 412), ("nonsense", 412) })
        {
            using var response = await server.GetAsync(Path(clip) + "/frames/2", Octets, ("If-Match", ifMatch));
            Assert.Equal(status, (int)response.StatusCode);
            if (status == 412) await ApiServer.AssertProblemAsync(412, response);
        }
        var request = new HttpRequestMessage(HttpMethod.Head, Path(clip) + "/frames/2") { Headers = { { "Accept", Octets }, { "Range", "bytes=0-9" } } };
        using var head = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(1024, head.Content.Headers.ContentLength);
        Assert.Equal(tag, head.Headers.ETag?.ToString());

        await server.StoreAsync(SampleObjects.MultiFrame(new SampleOptions { Seed = 1, StudyInstanceUid = clip.StudyInstanceUid, SeriesInstanceUid = clip.SeriesInstanceUid, SopInstanceUid = clip.SopInstanceUid }));
        using var replaced = await server.GetAsync(Path(clip) + "/frames/2", Octets, ("If-None-Match", tag), ("Range", "bytes=0-9"), ("If-Range", tag));
        Assert.Equal(HttpStatusCode.OK, replaced.StatusCode);
        Assert.NotEqual(tag, replaced.Headers.ETag?.ToString());
    }

    private static string Path(SampleObject o) => $"/dicomweb/studies/{o.StudyInstanceUid}/series/{o.SeriesInstanceUid}/instances/{o.SopInstanceUid}";
}
