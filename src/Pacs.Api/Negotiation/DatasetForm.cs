using Pacs.Api.Errors;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Negotiation;

/// <summary>
/// The form that data sets are answered in (PS3.18 §8.7.3.2): DICOM JSON, the default, or XML – by the accept query parameter,
/// else the Accept header, the most wanted first.
/// </summary>
/// <param name="Name">Tells forms of different bytes apart in entity tags and keys of caches.</param>
/// <param name="MediaType">Of the whole, or of each part.</param>
internal sealed record DatasetForm(string Name, string MediaType)
{
    private static readonly DatasetForm JsonArray = new("json", MediaTypes.DicomJson);
    private static readonly DatasetForm JsonObject = new("json-one", MediaTypes.DicomJson);
    private static readonly DatasetForm XmlParts = new("xml", MediaTypes.DicomXml);
    private static readonly DatasetForm XmlDocument = new("xml-one", MediaTypes.DicomXml);

    /// <summary>A Native DICOM Model for each data set, as the parts of a multipart/related.</summary>
    public bool IsMultipart => Name == XmlParts.Name;

    /// <summary>A JSON array of any number of data sets.</summary>
    public bool IsArray => Name == JsonArray.Name;

    public bool IsXml => MediaType == MediaTypes.DicomXml;

    /// <summary>For any number of data sets: a JSON array, or XML in parts; where it is known that there is one only, also XML without multipart.</summary>
    /// <exception cref="ApiException">406: nothing of what is accepted, or not in UTF-8. 400: a character set that there is none of.</exception>
    public static DatasetForm OfMany(HttpRequest request, bool isOne = false) =>
        Choose(request, JsonArray, isOne ? [XmlParts, XmlDocument] : [XmlParts])
        ?? throw ApiException.NotAcceptable($"This is answered as application/dicom+json or as multipart/related; type=\"application/dicom+xml\"{(isOne ? ", with or without multipart" : "")}: name one in the Accept header.");

    /// <summary>For a message that is one data set: a JSON object or an XML document.</summary>
    /// <exception cref="ApiException">406: nothing of what is accepted, or not in UTF-8. 400: a character set that there is none of.</exception>
    public static DatasetForm OfOne(HttpRequest request) =>
        Choose(request, JsonObject, [XmlDocument, XmlParts])
        ?? throw ApiException.NotAcceptable("This is answered as application/dicom+json or application/dicom+xml: name one in the Accept header.");

    /// <summary>The most wanted range decides, each form by the most specific that covers it (RFC 9110 §12.5.1).</summary>
    private static DatasetForm? Choose(HttpRequest request, DatasetForm json, DatasetForm[] xml)
    {
        Charset.RequireUtf8(request);
        DatasetForm[] forms = [json, json with { MediaType = MediaTypes.Json }, .. xml];
        foreach (var tier in Accept.Tiers(request))
        {
            foreach (var range in tier.Where(range => range.Quality > 0))
            {
                if (forms.FirstOrDefault(form => form.Precision(range) is >= 0 and var precision && !tier.Any(other => other.Quality < range.Quality && form.Precision(other) > precision)) is { } form) return form;
            }
        }
        return null;
    }

    /// <summary>0 for */*, 1 for a range of types, 2 for the type; negative when a range does not hold the form.</summary>
    private int Precision(MediaType range) => range.Name switch
    {
        "*/*" => 0,
        "multipart/*" => IsMultipart ? 1 : -1,
        _ when range.IsMultipart != IsMultipart => -1,
        _ when range.Payload == MediaType => 2,
        _ => Storage.Multipart.MediaType.Covers(range.Payload, MediaType) ? 1 : -1,
    };
}
