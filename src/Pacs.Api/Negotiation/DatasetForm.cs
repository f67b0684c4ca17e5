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

    private static DatasetForm? Choose(HttpRequest request, DatasetForm json, DatasetForm[] xml)
    {
        Charset.RequireUtf8(request);
        foreach (var wanted in Accept.Of(request))
        {
            if (IsCovered(wanted, MediaTypes.DicomJson)) return json;
            if (IsCovered(wanted, MediaTypes.Json)) return json with { MediaType = MediaTypes.Json };
            foreach (var form in xml)
                if (form.IsMultipart == wanted.IsMultipart && Storage.Multipart.MediaType.Covers(wanted.Payload, form.MediaType)) return form;
        }
        return null;
    }

    private static bool IsCovered(MediaType wanted, string mediaType) => !wanted.IsMultipart && Storage.Multipart.MediaType.Covers(wanted.Name, mediaType);
}
