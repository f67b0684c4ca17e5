using System.IO.Compression;
using Microsoft.Net.Http.Headers;
using Pacs.Api.Errors;

namespace Pacs.Api.Negotiation;

/// <summary>Compression of answers (RFC 9110 §12.5.3).</summary>
internal static class ContentCoding
{
    public const string Identity = "identity";

    private const string Brotli = "br";
    private const string GZip = "gzip";

    /// <summary>Of codings that are wanted alike the smaller answer comes first.</summary>
    private static readonly string[] ByPreference = [Brotli, GZip, Identity];

    /// <summary>The coding most wanted. Without Accept-Encoding none is; one that is not named is not accepted, but for identity, which has to be excluded.</summary>
    /// <exception cref="ApiException">406: identity is excluded, and no other that there is accepted.</exception>
    public static string Of(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted)) return Identity;
        var coding = ByPreference.MaxBy(Quality)!;
        return Quality(coding) > 0 ? coding : throw ApiException.NotAcceptable("This is served with the content codings br, gzip and identity. Let Accept-Encoding accept one of them.");

        double Quality(string name) => QualityOf(name) ?? QualityOf("*") ?? (name == Identity ? double.Epsilon : 0);
        double? QualityOf(string name) => accepted.FirstOrDefault(a => Canonical(a.Value.Value) == name) is { } found ? found.Quality ?? 1 : null;
    }

    /// <summary>What encodes into a stream, which stays open.</summary>
    public static Stream Encoder(string coding, Stream output) => coding switch
    {
        // Level 4 of 11: compresses like gzip's best in a fraction of its time; the result is served many times.
        Brotli => new BrotliStream(output, new BrotliCompressionOptions { Quality = 4 }, leaveOpen: true),
        GZip => new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true),
        _ => new BufferedStream(output, 64 * 1024),
    };

    private static string? Canonical(string? name) => name?.ToLowerInvariant() is var lower && lower == "x-gzip" ? GZip : lower;
}
