using Microsoft.Net.Http.Headers;
using Pacs.Api.Errors;

namespace Pacs.Api.Wado;

/// <summary>The part of a body of known length that a GET asks for (RFC 9110 §14).</summary>
internal readonly record struct ByteRange(long From, long Count)
{
    /// <summary>
    /// Reads Range and If-Range, and writes what the answer's headers have to say of it: status, Accept-Ranges, Content-Range,
    /// Content-Length. All when no range is asked for, when several are, or when If-Range names another version.
    /// </summary>
    /// <exception cref="ApiException">416: the range lies outside.</exception>
    public static ByteRange Answer(HttpContext context, long length, EntityTagHeaderValue tag)
    {
        var response = context.Response;
        var asked = Asked(context, length, tag);
        response.Headers.AcceptRanges = "bytes";
        response.ContentLength = asked?.Count ?? length;
        if (asked is not { } range) return new ByteRange(0, length);
        response.StatusCode = StatusCodes.Status206PartialContent;
        response.Headers.ContentRange = new ContentRangeHeaderValue(range.From, range.From + range.Count - 1, length).ToString();
        return range;
    }

    private static ByteRange? Asked(HttpContext context, long length, EntityTagHeaderValue tag)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method)) return null;
        if (!RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var header) || header.Unit != "bytes" || header.Ranges.Count != 1) return null;
        if (!EntityTags.MayBeRange(request, tag)) return null;

        var range = header.Ranges.First();
        var from = range.From ?? Math.Max(0, length - range.To!.Value);
        var to = range.From is null ? length - 1 : Math.Min(range.To ?? long.MaxValue, length - 1);
        if (from <= to) return new ByteRange(from, to - from + 1);
        context.Response.Headers.ContentRange = new ContentRangeHeaderValue(length).ToString();
        throw new ApiException(StatusCodes.Status416RangeNotSatisfiable, $"The range lies outside these {length} bytes.");
    }
}
