using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Pacs.Api.Tests.Hosting;

namespace Pacs.Api.Tests.Hostile;

/// <summary>What is no HTTP, or two things at once, or too much: one answer, the connection closed, and nothing else happens.</summary>
public sealed class HostileMessageTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Post = "POST /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dicom\r\n";
    private const string Get = "GET /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\n";
    private const string Second = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    [Theory]
    // Two lengths, of which another server on the way may believe the other.
    [InlineData("two lengths", Post + "Content-Length: 4\r\nContent-Length: 40\r\n\r\n0\r\n\r" + Second)]
    [InlineData("list of lengths", Post + "Content-Length: 4, 40\r\n\r\n0\r\n\r" + Second)]
    [InlineData("length and chunks", Post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Second)]
    [InlineData("chunks and length", Post + "Transfer-Encoding: chunked\r\nContent-Length: 200\r\n\r\n0\r\n\r\n" + Second)]
    [InlineData("negative length", Post + "Content-Length: -4\r\n\r\n0\r\n\r" + Second)]
    [InlineData("hexadecimal length", Post + "Content-Length: 0x4\r\n\r\n0\r\n\r" + Second)]
    [InlineData("length past 64 bits", Post + "Content-Length: 99999999999999999999\r\n\r\n0" + Second)]
    [InlineData("empty length", Post + "Content-Length: \r\n\r\n" + Second)]
    // Codings that are none, or not last.
    [InlineData("coding unknown", Post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + Second)]
    [InlineData("chunked not last", Post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + Second)]
    [InlineData("two codings", Post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + Second)]
    [InlineData("space before colon", Post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + Second)]
    [InlineData("control character", Post + "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n" + Second)]
    [InlineData("folded", Post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + Second)]
    // Chunks that are none.
    [InlineData("chunk size no number", Post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n" + Second)]
    [InlineData("chunk size past 64 bits", Post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n\r\n" + Second)]
    [InlineData("chunk longer than told", Post + "Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n" + Second)]
    [InlineData("chunk extension with line feed", Post + "Transfer-Encoding: chunked\r\n\r\n1;\nx\r\na\r\n0\r\n\r\n" + Second)]
    // Headers that are none.
    [InlineData("no colon", Get + "nonsense\r\n\r\n" + Second)]
    [InlineData("no name", Get + ": x\r\n\r\n" + Second)]
    [InlineData("carriage return alone", Get + "X-A: a\rX-B: b\r\n\r\n" + Second)]
    [InlineData("NUL", Get + "X-A: a\0b\r\n\r\n" + Second)]
    [InlineData("two hosts", Get + "Host: evil.example.org\r\n\r\n" + Second)]
    [InlineData("no host", "GET /dicomweb/studies HTTP/1.1\r\n\r\n" + Second)]
    [InlineData("host with a path", "GET /dicomweb/studies HTTP/1.1\r\nHost: localhost/x\r\n\r\n" + Second)]
    // Request lines that are none.
    [InlineData("no version", "GET /dicomweb/studies\r\n\r\n" + Second)]
    [InlineData("version of the future", "GET /dicomweb/studies HTTP/9.9\r\nHost: localhost\r\n\r\n" + Second)]
    [InlineData("space in the address", "GET /dicomweb/studies /x HTTP/1.1\r\nHost: localhost\r\n\r\n" + Second)]
    [InlineData("line before", "\0\r\nGET /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\n\r\n" + Second)]
    [InlineData("other site", "GET http://evil.example.org/dicomweb/studies HTTP/1.1\r\nHost: localhost\r\n\r\n" + Second)]
    [InlineData("tunnel", "CONNECT evil.example.org:443 HTTP/1.1\r\nHost: evil.example.org:443\r\nConnection: close\r\n\r\n")]
    [InlineData("method that is no token", "GE(T /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\n\r\n" + Second)]
    [InlineData("NUL in the address", "GET /dicomweb/studies/1%00/series HTTP/1.1\r\nHost: localhost\r\n\r\n" + Second)]
    [InlineData("TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003")]
    [InlineData("DICOM", "\u0001\u0000\u0000\u0000\u0000\u00cd\u0000\u0001\u0000\u0000PACS")]
    public async Task Message_ThatIsNone_IsRefusedAndNothingBehindItIsRead(string what, string message)
    {
        // What has no end yet would be waited for.
        var answer = await RawHttp.SendAsync(server.Address, message, endsSending: !message.EndsWith("\r\n\r\n", StringComparison.Ordinal));
        Assert.True(RawHttp.Statuses(answer) is [>= 400 and < 500 or 501 or 505] or [], $"{what}: {answer}");
        Assert.DoesNotContain("smuggled", answer, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, int> TooMuch => new()
    {
        { "a header of 40 KB", Get + $"X-A: {new string('a', 40_000)}\r\n\r\n", 431 },
        { "101 headers", Get + string.Concat(Enumerable.Range(0, 101).Select(i => $"X-{i}: a\r\n")) + "\r\n", 431 },
        { "a cookie of 1 MB", Get + $"Cookie: {new string('a', 1_000_000)}\r\n\r\n", 431 },
        { "headers without an end", Get + string.Concat(Enumerable.Repeat("X-A: aaaaaaaaaaaaaaaaaaaaaaaa\r\n", 20_000)), 431 },
        { "10,000 Accept headers", Get + string.Concat(Enumerable.Repeat("Accept: a/b\r\n", 10_000)) + "\r\n", 431 },
        { "10,000 entries in one", Get + $"Accept: {string.Join(',', Enumerable.Repeat("application/dicom+json;q=0.1", 10_000))}\r\n\r\n", 431 },
        { "an address of 1 MB", $"GET /dicomweb/studies/{new string('1', 1_000_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414 },
        { "a query of 1 MB", $"GET /dicomweb/studies?PatientName={new string('1', 1_000_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414 },
        { "100,000 keys", $"GET /dicomweb/studies?{string.Join('&', Enumerable.Range(0, 100_000).Select(i => $"k{i}=1"))} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414 },
        { "a method of 70 KB", $"{new string('A', 70_000)} /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\n\r\n", 414 },
    };

    [Theory]
    [MemberData(nameof(TooMuch))]
    public async Task Message_TooLong_IsRefused(string what, string message, int status)
    {
        var answer = await RawHttp.SendAsync(server.Address, message);
        // What is refused while it still comes may be reset before its sender reads why.
        Assert.True(RawHttp.Statuses(answer) is [var told] ? told == status : answer.Length == 0, $"{what}: {answer}");
    }

    [Fact]
    public void Limits_OfMessagesAndOfTheirPace_AreSet()
    {
        var limits = server.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal((100, 32 * 1024, 64 * 1024), (limits.MaxRequestHeaderCount, limits.MaxRequestHeadersTotalSize, limits.MaxRequestLineSize));
        Assert.Equal(1 << 20, limits.MaxRequestBodySize);
        Assert.True(limits.RequestHeadersTimeout <= TimeSpan.FromSeconds(30));
        foreach (var rate in new[] { limits.MinRequestBodyDataRate, limits.MinResponseDataRate })
            Assert.Equal((240.0, TimeSpan.FromSeconds(10)), (rate!.BytesPerSecond, rate.GracePeriod));
    }

    [Fact]
    public async Task Request_MethodThatDoesNotExist_IsRefusedWithAllow()
    {
        foreach (var path in new[] { "/dicomweb/studies", "/dicomweb", "/wado", "/api/v1/peers", "/health/live" })
        {
            var answer = await RawHttp.SendAsync(server.Address, $"FROBNICATE {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            Assert.Equal([405], RawHttp.Statuses(answer));
            Assert.Contains("\r\nAllow: ", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Request_OfTheServerAsAWhole_IsRefused()
    {
        var answer = await RawHttp.SendAsync(server.Address, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.Equal([405], RawHttp.Statuses(answer));
    }
}
