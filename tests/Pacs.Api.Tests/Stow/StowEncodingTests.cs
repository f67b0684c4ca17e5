using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Pacs.Api.Tests.Hosting;
using Pacs.Storage.Hosting;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Stow;

/// <summary>Compressed bodies, and bodies that are not what they should be.</summary>
public sealed class StowEncodingTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("X-GZIP")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task Store_CompressedBody_IsStored(string encoding)
    {
        var objects = Enumerable.Range(1, 3).Select(_ => SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 300, Columns = 400 })).ToList();
        var plain = await ApiServer.Multipart(objects.Select(o => o.ToPart10())).ReadAsByteArrayAsync();
        using var response = await PostAsync(Compress(encoding, plain), "multipart/related; type=\"application/dicom\"; boundary=boundary", encoding);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(objects.Select(o => o.SopInstanceUid), (await JsonAsync(response)).GetProperty("00081199").GetProperty("Value").EnumerateArray().Select(i => i.GetProperty("00081155").GetProperty("Value")[0].GetString()));
    }

    [Theory]
    [InlineData("compress")]
    [InlineData("gzip, gzip")]
    [InlineData("zstd")]
    public async Task Store_UnknownCoding_Is415AndNamesThoseThatAreKnown(string encoding)
    {
        using var response = await PostAsync("x"u8.ToArray(), "application/dicom", encoding);
        await ApiServer.AssertProblemAsync(415, response);
        Assert.Equal("gzip, deflate, br", Assert.Single(response.Headers.GetValues("Accept-Encoding")));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Store_NotInItsCoding_Is400(string encoding) =>
        await ApiServer.AssertProblemAsync(400, await PostAsync(Encoding.ASCII.GetBytes(new string('x', 1000)), "application/dicom", encoding));

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Store_CutCompressedBody_StoresNothing(string encoding)
    {
        var coded = Compress(encoding, SampleObjects.Ct(SampleOptions.Fresh()).ToPart10());
        using var response = await PostAsync(coded[..^400], "application/dicom", encoding);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData("application/dicom", 413)]
    [InlineData("multipart/related; type=\"application/dicom\"; boundary=b", 400)]
    [InlineData("application/dicom+json", 413)]
    public async Task Store_Bomb_IsRefusedLongBeforeItHasInflated(string contentType, int status)
    {
        // 200 MiB of zeros in 200 KiB.
        using var coded = new MemoryStream();
        using (var gzip = new GZipStream(coded, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            if (contentType.StartsWith("multipart", StringComparison.Ordinal)) gzip.Write("--b\r\n\r\n"u8);
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 200; i++) gzip.Write(zeros);
        }
        using var response = await PostAsync(coded.ToArray(), contentType, "gzip");
        Assert.Contains((int)response.StatusCode, (int[])[status, 413]);
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData("--b\nContent-Type: application/dicom\n\nx\n--b--\n", 400)]
    [InlineData("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--", 409)]
    [InlineData("--b\r\nContent-Type: application/dicom\r\nContent-Length: -5\r\n\r\nx\r\n--b--", 400)]
    [InlineData("--b\r\nno colon\r\n\r\nx\r\n--b--", 400)]
    [InlineData("--b", 400)]
    [InlineData("", 400)]
    public async Task Store_BadFraming_HasItsStatusAndLeavesNothing(string body, int status)
    {
        using var response = await PostAsync(Encoding.ASCII.GetBytes(body), "multipart/related; type=\"application/dicom\"; boundary=b", null);
        Assert.True(status == (int)response.StatusCode, await response.Content.ReadAsStringAsync());
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Store_NothingThatCanBeRead_Is400WithTheReasons()
    {
        using var response = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart("garbage"u8.ToArray(), SampleObjects.Ct(SampleOptions.Fresh()).ToPart10()[..^50]));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/dicom+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Null(response.Headers.Location);
    }

    [Fact]
    public async Task Store_StudyOrInstance_IsNamedByLocation()
    {
        var options = SampleOptions.Fresh();
        var files = Enumerable.Range(1, 2).Select(i => SampleObjects.Ct(options with { InstanceNumber = i })).ToList();
        using (var one = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart(files[0].ToPart10())))
        {
            Assert.EndsWith($"/instances/{files[0].SopInstanceUid}", one.Headers.Location!.ToString(), StringComparison.Ordinal);
            Assert.Equal(one.Headers.Location, one.Content.Headers.ContentLocation);
        }
        using (var both = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart(files.Select(f => f.ToPart10()))))
            Assert.EndsWith($"/dicomweb/studies/{files[0].StudyInstanceUid}", both.Headers.Location!.ToString(), StringComparison.Ordinal);
        using var studies = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart(files[0].ToPart10(), SampleObjects.Ct(SampleOptions.Fresh()).ToPart10()));
        Assert.Null(studies.Headers.Location);
    }

    [Theory]
    [InlineData("application/dicom")]
    [InlineData("application/dicom+json")]
    public async Task Store_ClientGoesAwayInTheMiddle_LeavesNothing(string type)
    {
        var address = new Uri(server.Address);
        using (var client = new TcpClient(address.Host, address.Port))
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /dicomweb/studies HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: multipart/related; type=\"{type}\"; boundary=b\r\nContent-Length: 1000000000\r\n\r\n--b\r\nContent-Type: application/dicom\r\n\r\n"));
            await client.GetStream().WriteAsync(SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 1000, Columns = 1000 }).ToPart10());
            await Eventually.TrueAsync(() => Parts().Any());
        }
        await Eventually.TrueAsync(() => !Parts().Any());
    }

    [Fact]
    public void SlowBodies_AreCutOff()
    {
        var limits = server.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.True(limits.MinRequestBodyDataRate is { BytesPerSecond: >= 240 } rate && rate.GracePeriod <= TimeSpan.FromSeconds(10));
        Assert.True(limits.RequestHeadersTimeout <= TimeSpan.FromSeconds(60));
    }

    private Task<HttpResponseMessage> PostAsync(byte[] body, string contentType, string? encoding)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (encoding is not null) content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return server.Http.PostAsync("/dicomweb/studies", content);
    }

    private static byte[] Compress(string encoding, byte[] bytes)
    {
        using var output = new MemoryStream();
        using (Stream coder = encoding switch
        {
            "br" => new BrotliStream(output, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true),
            "identity" => new BufferedStream(output),
            _ => new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            coder.Write(bytes);
            coder.Flush();
            if (encoding == "identity") return output.ToArray();
        }
        return output.ToArray();
    }

    private IEnumerable<string> Parts() =>
        Directory.EnumerateFiles(server.Services.GetRequiredService<PacsOptions>().IncomingPath, "*", SearchOption.AllDirectories).Where(f => f.EndsWith(".part", StringComparison.Ordinal));

    private void AssertNothingIsLeft() => Assert.Empty(Parts());

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
}
