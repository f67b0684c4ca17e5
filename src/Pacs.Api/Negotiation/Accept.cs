using Microsoft.Net.Http.Headers;
using Pacs.Api.Errors;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Negotiation;

/// <summary>What a client accepts: the accept query parameter (PS3.18 §8.3.3.1), then the Accept header; anything when there is neither.</summary>
internal static class Accept
{
    /// <summary>The name of the query parameter; the URI service has another.</summary>
    public const string Parameter = "accept";

    private static readonly IReadOnlyList<MediaType> Anything = [new MediaType("*/*", new Dictionary<string, string>())];

    /// <summary>Most wanted first: what the parameter names, then what the header does.</summary>
    /// <exception cref="ApiException">400 or 406, see <see cref="Tiers"/>.</exception>
    public static IReadOnlyList<MediaType> Of(HttpRequest request) => [.. Tiers(request).SelectMany(tier => tier).Where(range => range.Quality > 0)];

    /// <summary>
    /// The parameter's media types and the header's ranges apart (PS3.18 §8.7.8.1: the latter are for when nothing of the former
    /// can be had), each most wanted first, with those of quality 0 at their ends.
    /// </summary>
    /// <exception cref="ApiException">400: a wildcard in the parameter. 406: nothing can be read, or the header excludes what the parameter names.</exception>
    public static IReadOnlyList<IReadOnlyList<MediaType>> Tiers(HttpRequest request, string parameter = Parameter)
    {
        var header = Header(request);
        // A plus sign in a query is a space once it is decoded; that of these types is hardly ever escaped.
        var text = request.Query[parameter].ToString().Replace("dicom json", "dicom+json", StringComparison.OrdinalIgnoreCase).Replace("dicom xml", "dicom+xml", StringComparison.OrdinalIgnoreCase);
        if (string.IsNullOrWhiteSpace(text)) return [header ?? Anything];

        var named = MediaType.ParseRanges(text);
        if (named.Count == 0) throw ApiException.NotAcceptable($"The parameter {parameter} names no media type.");
        if (named.Any(n => n.IsWildcard)) throw ApiException.BadRequest($"The parameter {parameter} takes media types without wildcards; those are for the Accept header.");
        if (header is null) return [named];
        if (named.FirstOrDefault(n => !header.Any(range => range.Quality > 0 && MediaType.Covers(range.Name, n.Name))) is { } refused)
            throw ApiException.NotAcceptable($"The parameter {parameter} asks for {refused.Name}, which the Accept header does not accept. Let the header accept it, or leave one of them out.");
        return [named, header];
    }

    /// <summary>application/dicom+json unless application/json is what is wanted.</summary>
    /// <exception cref="ApiException">406: neither of them, or not in UTF-8.</exception>
    public static string Json(HttpRequest request)
    {
        Charset.RequireUtf8(request);
        foreach (var wanted in Of(request))
        {
            if (MediaType.Covers(wanted.Name, MediaTypes.DicomJson)) return MediaTypes.DicomJson;
            if (MediaType.Covers(wanted.Name, MediaTypes.Json)) return MediaTypes.Json;
        }
        throw ApiException.NotAcceptable("This is answered as application/dicom+json; name it in the Accept header.");
    }

    private static IReadOnlyList<MediaType>? Header(HttpRequest request)
    {
        // What is chosen by it is another for others: caches are told, whatever comes of it.
        request.HttpContext.Response.Headers.Vary = HeaderNames.Accept;
        var text = request.Headers.Accept.ToString();
        if (string.IsNullOrWhiteSpace(text)) return null;
        var ranges = MediaType.ParseRanges(text);
        return ranges.Count > 0 ? ranges : throw ApiException.NotAcceptable("The Accept header names no media type.");
    }
}
