using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Pacs.Api.Tests.Hosting;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hostile;

/// <summary>Bodies of STOW-RS that are not what they say: nothing is stored by half, and nothing is left lying.</summary>
public sealed class HostileBodyTests(HostileServer server) : IClassFixture<HostileServer>
{
    private const string Multipart = "multipart/related; type=\"application/dicom\"; boundary=b";

    public static TheoryData<string, string> Bombs => new()
    {
        { "application/dicom", "pixels" },
        { Multipart, "part" },
        { Multipart, "preamble" },
        { "application/dicom+json", "blanks" },
        { "application/dicom+xml", "blanks" },
        { "multipart/related; type=\"application/dicom+json\"; boundary=b", "metadata" },
        { "multipart/related; type=\"application/dicom+json\"; boundary=b", "bulk" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task Body_InflatesWithoutEnd_IsRefusedSoon(string contentType, string what)
    {
        var before = server.CountInstances();
        foreach (var coding in new[] { "gzip", "br", "deflate" })
        {
            // 192 MiB of one byte, in 200 KB or less.
            var bomb = new MemoryStream();
            using (var encoder = Encoder(coding, bomb))
            {
                encoder.Write(Prefix(what));
                var block = new byte[1 << 20];
                Array.Fill(block, (byte)' ');
                for (var i = 0; i < 192; i++) encoder.Write(block);
            }
            var content = new ByteArrayContent(bomb.ToArray());
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            content.Headers.ContentEncoding.Add(coding);
            using var response = await server.Http.PostAsync("/dicomweb/studies", content);
            Assert.True(response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Conflict or HttpStatusCode.RequestEntityTooLarge, $"{coding} {(int)response.StatusCode}");
        }
        await server.AssertNothingStoredAsync(before);
    }

    [Fact]
    public async Task Body_MultipartWithinMultipart_FailsAloneAndTheOthersAreStored()
    {
        var (before, inner, good) = (server.CountInstances(), SampleObjects.Ct(SampleOptions.Fresh()), SampleObjects.Ct(SampleOptions.Fresh()));
        var content = new MultipartContent("related", "b");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(Multipart);
        HttpContent nested = ApiServer.Multipart(inner.ToPart10());
        for (var depth = 0; depth < 50; depth++)
        {
            var wrapped = new MultipartContent("related", $"b{depth}") { nested };
            wrapped.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/related; type=\"application/dicom\"; boundary=b{depth}");
            nested = wrapped;
        }
        content.Add(nested);
        content.Add(new ByteArrayContent(good.ToPart10()) { Headers = { ContentType = new MediaTypeHeaderValue("application/dicom") } });
        using var response = await server.Http.PostAsync("/dicomweb/studies", content);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        using var found = await server.GetAsync($"/dicomweb/studies/{inner.StudyInstanceUid}");
        Assert.Equal(HttpStatusCode.NotFound, found.StatusCode);
        await server.AssertNothingStoredAsync((int.Parse(before!, System.Globalization.CultureInfo.InvariantCulture) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public static TheoryData<string, Func<byte[], string>, Func<byte[], byte[]>> Lengths => new()
    {
        { "longer than what comes", file => $"Content-Length: {file.Length + 1000}", file => file },
        { "a byte longer", file => $"Content-Length: {file.Length + 1}", file => file },
        { "shorter than the file", file => $"Content-Length: {file.Length / 2}", file => file },
        { "none at all", _ => "X-Nothing: x", file => file },
        { "of zero", _ => "Content-Length: 0", file => file },
        { "past the largest taken", _ => $"Content-Length: {1L << 40}", file => file },
        { "chunked without an end", _ => "Transfer-Encoding: chunked", file => [.. Encoding.ASCII.GetBytes($"{file.Length:X}\r\n"), .. file, .. "\r\n"u8] },
        { "a chunk longer than what comes", _ => "Transfer-Encoding: chunked", file => [.. Encoding.ASCII.GetBytes($"{file.Length + 10:X}\r\n"), .. file] },
        { "compressed and cut", file => $"Content-Encoding: gzip\r\nContent-Length: {Gzip(file).Length / 2}", file => Gzip(file)[..(Gzip(file).Length / 2)] },
        { "said to be compressed", file => $"Content-Encoding: gzip\r\nContent-Length: {file.Length}", file => file },
        { "compressed twice", file => $"Content-Encoding: gzip, gzip\r\nContent-Length: {Gzip(Gzip(file)).Length}", file => Gzip(Gzip(file)) },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Body_LengthThatIsWrong_StoresNothing(string what, Func<byte[], string> length, Func<byte[], byte[]> body)
    {
        var before = server.CountInstances();
        foreach (var isMultipart in new[] { false, true })
        {
            var file = SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 64, Columns = 64 }).ToPart10();
            if (isMultipart) file = [.. "--b\r\nContent-Type: application/dicom\r\n\r\n"u8, .. file];
            var request = Encoding.ASCII.GetBytes($"POST /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: {(isMultipart ? Multipart : "application/dicom")}\r\n{length(file)}\r\n\r\n");
            var answer = await RawHttp.SendAsync(server.Address, [.. request, .. body(file)], endsSending: true);
            Assert.True(RawHttp.Statuses(answer) is [] or [>= 400 and < 500, ..], $"{what}: {answer}");
        }
        await server.AssertNothingStoredAsync(before);
    }

    private static Stream Encoder(string coding, Stream output) => coding switch
    {
        "gzip" => new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true),
        "br" => new BrotliStream(output, CompressionLevel.Fastest, leaveOpen: true),
        _ => new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true),
    };

    private static byte[] Gzip(byte[] data)
    {
        var output = new MemoryStream();
        using (var encoder = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true)) encoder.Write(data);
        return output.ToArray();
    }

    /// <summary>What makes a reader go on into what follows.</summary>
    private static byte[] Prefix(string what) => what switch
    {
        "pixels" => EndlessFile(),
        "part" => [.. "--b\r\nContent-Type: application/dicom\r\n\r\n"u8, .. EndlessFile()],
        "metadata" => [.. "--b\r\nContent-Type: application/dicom+json\r\n\r\n["u8],
        "bulk" => [.. "--b\r\nContent-Type: application/octet-stream\r\nContent-Location: x\r\n\r\n"u8],
        _ => [],
    };

    /// <summary>A file whose pixels are said to be as long as pixels can be.</summary>
    private static byte[] EndlessFile()
    {
        var file = SampleObjects.Ct(SampleOptions.Fresh()).ToPart10();
        var pixels = file.AsSpan().IndexOf((ReadOnlySpan<byte>)new byte[] { 0xE0, 0x7F, 0x10, 0x00, (byte)'O', (byte)'W', 0, 0 });
        Assert.True(pixels > 0);
        return [.. file[..(pixels + 8)], 0xFE, 0xFF, 0xFF, 0xFF];
    }
}
