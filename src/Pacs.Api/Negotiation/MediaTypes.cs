using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Negotiation;

/// <summary>Media types of DICOMweb (PS3.18 §8.7.3).</summary>
internal static class MediaTypes
{
    public const string Dicom = "application/dicom";
    public const string DicomJson = "application/dicom+json";
    public const string DicomXml = "application/dicom+xml";
    public const string MultipartDicom = "multipart/related; type=\"application/dicom\"";
    public const string MultipartXml = "multipart/related; type=\"application/dicom+xml\"";
    public const string Json = "application/json";
    public const string OctetStream = "application/octet-stream";
    public const string Multipart = "multipart/related";
    public const string Zip = "application/zip";

    /// <summary>
    /// Whether a type alone, outside multipart, is one that instances are rendered to (PS3.18 §8.7.4). Where pixels are asked for
    /// in their stored encoding, some of these are DICOM media types instead.
    /// </summary>
    public static bool IsRendered(MediaType type) => !type.IsWildcard
        && (type.Name is "application/pdf" || type.Name.Split('/')[0] is "image" or "video" or "text" or "model");

    /// <summary>The media type of one frame as it is stored: octets when native, otherwise by Table 8.7.3-5.</summary>
    public static string OfFrame(TransferSyntax transferSyntax) => transferSyntax.Uid switch
    {
        _ when transferSyntax.IsNative => OctetStream,
        // The retired ones of the family, too: the table allows additional syntaxes.
        _ when string.CompareOrdinal(transferSyntax.Uid, "1.2.840.10008.1.2.4.50") >= 0 && string.CompareOrdinal(transferSyntax.Uid, "1.2.840.10008.1.2.4.70") <= 0 => "image/jpeg",
        "1.2.840.10008.1.2.4.80" or "1.2.840.10008.1.2.4.81" => "image/jls",
        "1.2.840.10008.1.2.4.90" or "1.2.840.10008.1.2.4.91" => "image/jp2",
        "1.2.840.10008.1.2.4.92" or "1.2.840.10008.1.2.4.93" => "image/jpx",
        "1.2.840.10008.1.2.4.110" or "1.2.840.10008.1.2.4.111" or "1.2.840.10008.1.2.4.112" => "image/jxl",
        "1.2.840.10008.1.2.4.201" or "1.2.840.10008.1.2.4.202" or "1.2.840.10008.1.2.4.203" => "image/jphc",
        "1.2.840.10008.1.2.5" => "image/dicom-rle",
        "1.2.840.10008.1.2.8.1" => "application/x-deflate",
        "1.2.840.10008.1.2.4.100" or "1.2.840.10008.1.2.4.100.1" or "1.2.840.10008.1.2.4.101" or "1.2.840.10008.1.2.4.101.1" => "video/mpeg",
        _ when transferSyntax.Uid.StartsWith("1.2.840.10008.1.2.4.102", StringComparison.Ordinal)
            || transferSyntax.Uid.StartsWith("1.2.840.10008.1.2.4.103", StringComparison.Ordinal)
            || transferSyntax.Uid.StartsWith("1.2.840.10008.1.2.4.104", StringComparison.Ordinal)
            || transferSyntax.Uid.StartsWith("1.2.840.10008.1.2.4.105", StringComparison.Ordinal)
            || transferSyntax.Uid.StartsWith("1.2.840.10008.1.2.4.106", StringComparison.Ordinal) => "video/mp4",
        "1.2.840.10008.1.2.4.107" or "1.2.840.10008.1.2.4.108" => "video/H265",
        _ => OctetStream,
    };
}
