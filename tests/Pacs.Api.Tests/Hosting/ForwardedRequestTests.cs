using System.Net;
using Microsoft.AspNetCore.Http;
using Pacs.Api.Hosting;

namespace Pacs.Api.Tests.Hosting;

public sealed class ForwardedRequestTests
{
    [Theory]
    [InlineData("", null, null, null)]
    [InlineData("Forwarded: for=192.0.2.60;proto=https;host=a.example", "192.0.2.60", "https", "a.example")]
    [InlineData("Forwarded: For=\"[2001:db8:cafe::17]:4711\"; Proto=https", "2001:db8:cafe::17", "https", null)]
    [InlineData("Forwarded: for=unknown;host=\"a.example:8443\"", null, null, "a.example:8443")]
    [InlineData("Forwarded: for=_hidden, for=192.0.2.60;proto=http", "192.0.2.60", "http", null)]
    // Of a client that sends the header itself nothing is believed but what the proxy adds.
    [InlineData("Forwarded: for=1.1.1.1;host=evil.example, for=192.0.2.60;host=a.example", "192.0.2.60", null, "a.example")]
    [InlineData("Forwarded: for=1.1.1.1;host=evil.example, for=192.0.2.60;host=a.example;proto=https, for=10.0.0.7", "192.0.2.60", "https", "a.example")]
    [InlineData("X-Forwarded-For: 192.0.2.60|X-Forwarded-Proto: https|X-Forwarded-Host: a.example", "192.0.2.60", "https", "a.example")]
    [InlineData("X-Forwarded-For: 1.1.1.1, 192.0.2.60|X-Forwarded-Host: evil.example, a.example", "192.0.2.60", null, "a.example")]
    [InlineData("X-Forwarded-For: 192.0.2.60, 10.0.0.7|X-Forwarded-Proto: https, http|X-Forwarded-Host: a.example, inner", "192.0.2.60", "https", "a.example")]
    [InlineData("X-Forwarded-For: 192.0.2.60, 10.0.0.7|X-Forwarded-Proto: https|X-Forwarded-Host: a.example", "192.0.2.60", "https", "a.example")]
    [InlineData("X-Forwarded-Proto: https|X-Forwarded-Host: a.example|X-Forwarded-Port: 8443", null, "https", "a.example:8443")]
    [InlineData("X-Forwarded-Proto: https|X-Forwarded-Host: a.example|X-Forwarded-Port: 443", null, "https", "a.example")]
    [InlineData("X-Forwarded-Host: a.example:8443|X-Forwarded-Port: 443", null, null, "a.example:8443")]
    [InlineData("X-Forwarded-For: nonsense", null, null, null)]
    [InlineData("Forwarded: for=192.0.2.60;host=a.example|X-Forwarded-For: 192.0.2.60|X-Forwarded-Host: a.example", "192.0.2.60", null, "a.example")]
    public void Read_Headers_AreTheWordOfTheNearestUntrusted(string headers, string? client, string? scheme, string? host) =>
        Assert.Equal(new ForwardedRequest(client is null ? null : IPAddress.Parse(client), scheme, host), Read(headers));

    [Theory]
    [InlineData("Forwarded: for=192.0.2.60;host=evil.example|X-Forwarded-For: 192.0.2.60")]
    [InlineData("Forwarded: host=evil.example|X-Forwarded-Proto: https")]
    public void Read_KindsThatDisagree_IsNothing(string headers) => Assert.Null(Read(headers));

    private static ForwardedRequest? Read(string text)
    {
        var headers = new HeaderDictionary();
        foreach (var line in text.Split('|', StringSplitOptions.RemoveEmptyEntries)) headers.Append(line[..line.IndexOf(':')], line[(line.IndexOf(':') + 2)..]);
        return ForwardedRequest.Read(headers, address => address.ToString().StartsWith("10.", StringComparison.Ordinal));
    }
}
