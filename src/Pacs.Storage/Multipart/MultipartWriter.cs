using System.Text;

namespace Pacs.Storage.Multipart;

/// <summary>The frame of a multipart answer, related (RFC 2387) or ranges of bytes (RFC 9110 §14.6): what stands before each part and after the last. Part bodies are written by others.</summary>
/// <param name="boundary">What no part holds; null for one that nobody can have guessed.</param>
public sealed class MultipartWriter(string? boundary = null)
{
    private readonly string _boundary = boundary ?? "pacs-" + Guid.NewGuid().ToString("N");

    /// <summary>The Content-Type of the whole.</summary>
    public string ContentType(string partType) => $"multipart/related; type=\"{partType}\"; boundary={_boundary}";

    /// <summary>The Content-Type of ranges of one body.</summary>
    public string ByteRangesContentType => $"multipart/byteranges; boundary={_boundary}";

    /// <summary>Delimiter and headers of a part.</summary>
    public byte[] PartHeader(string contentType, string? location, long? length, bool isFirst)
    {
        var text = Begin(contentType, isFirst);
        if (length is not null) text.Append("\r\nContent-Length: ").Append(length);
        if (location is not null) text.Append("\r\nContent-Location: ").Append(location);
        return Encoding.ASCII.GetBytes(text.Append("\r\n\r\n").ToString());
    }

    /// <summary>Delimiter and headers of a range.</summary>
    public byte[] RangeHeader(string contentType, string contentRange, bool isFirst) =>
        Encoding.ASCII.GetBytes(Begin(contentType, isFirst).Append("\r\nContent-Range: ").Append(contentRange).Append("\r\n\r\n").ToString());

    /// <summary>The closing delimiter.</summary>
    public byte[] End() => Encoding.ASCII.GetBytes($"\r\n--{_boundary}--\r\n");

    private StringBuilder Begin(string contentType, bool isFirst) =>
        new StringBuilder(isFirst ? "--" : "\r\n--").Append(_boundary).Append("\r\nContent-Type: ").Append(contentType);
}
