using Pacs.Api.Errors;

namespace Pacs.Api.Negotiation;

/// <summary>What a client accepts: the accept query parameter (PS3.18 §8.3.3.1), else the Accept header, else anything.</summary>
internal static class Accept
{
    private static readonly IReadOnlyList<MediaType> Anything = [new MediaType("*/*", new Dictionary<string, string>())];

    /// <summary>Most wanted first.</summary>
    /// <exception cref="ApiException">406: something is asked for that is no media type.</exception>
    public static IReadOnlyList<MediaType> Of(HttpRequest request)
    {
        var text = request.Query.TryGetValue("accept", out var parameter) ? parameter.ToString() : request.Headers.Accept.ToString();
        if (string.IsNullOrWhiteSpace(text)) return Anything;
        var list = MediaType.ParseList(text);
        return list.Count > 0 ? list : throw ApiException.NotAcceptable("The Accept header names no media type.");
    }

    /// <summary>application/dicom+json unless application/json is what is wanted.</summary>
    /// <exception cref="ApiException">406: neither of them.</exception>
    public static string Json(HttpRequest request)
    {
        foreach (var wanted in Of(request))
        {
            if (MediaType.Covers(wanted.Name, MediaTypes.DicomJson)) return MediaTypes.DicomJson;
            if (MediaType.Covers(wanted.Name, MediaTypes.Json)) return MediaTypes.Json;
        }
        throw ApiException.NotAcceptable("This is answered as application/dicom+json; name it in the Accept header.");
    }
}
