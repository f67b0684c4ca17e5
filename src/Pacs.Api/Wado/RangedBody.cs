using System.Buffers;
using Microsoft.Net.Http.Headers;
using Pacs.Api.Errors;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Wado;

/// <summary>A body of known length, or the parts of it that are asked for (RFC 9110 §14).</summary>
internal static class RangedBody
{
    /// <summary>
    /// Reads Range and If-Range, writes status and headers accordingly, and lets what is wanted be written: one range as it is,
    /// several as multipart/byteranges in the order of the request. All when no range is asked for, when they are none that
    /// <see cref="ByteRange.Parse"/> takes, or when If-Range names another version.
    /// </summary>
    /// <exception cref="ApiException">416: each range lies outside.</exception>
    public static async Task SendAsync(HttpContext context, long length, EntityTagHeaderValue tag, string contentType, Func<ByteRange, Task> write)
    {
        var response = context.Response;
        var asked = Asked(context.Request, length, tag);
        response.Headers.AcceptRanges = "bytes";
        response.ContentType = contentType;
        switch (asked)
        {
            case null:
                response.ContentLength = length;
                if (!HttpMethods.IsHead(context.Request.Method)) await write(new ByteRange(0, length));
                break;
            case []:
                response.Headers.ContentRange = $"bytes */{length}";
                throw new ApiException(StatusCodes.Status416RangeNotSatisfiable, $"The range lies outside these {length} bytes.");
            case [var range]:
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = range.ToContentRange(length);
                response.ContentLength = range.Count;
                await write(range);
                break;
            default:
                response.StatusCode = StatusCodes.Status206PartialContent;
                await SendPartsAsync(response, length, contentType, asked, write);
                break;
        }
    }

    private static async Task SendPartsAsync(HttpResponse response, long length, string contentType, IReadOnlyList<ByteRange> ranges, Func<ByteRange, Task> write)
    {
        var multipart = new MultipartWriter();
        var headers = ranges.Select((range, i) => multipart.RangeHeader(contentType, range.ToContentRange(length), isFirst: i == 0)).ToList();
        var end = multipart.End();
        response.ContentType = multipart.ByteRangesContentType;
        response.ContentLength = headers.Sum(h => h.Length) + ranges.Sum(r => r.Count) + end.Length;
        for (var i = 0; i < headers.Count; i++)
        {
            response.BodyWriter.Write(headers[i]);
            await write(ranges[i]);
        }
        await response.BodyWriter.WriteAsync(end, response.HttpContext.RequestAborted);
    }

    private static IReadOnlyList<ByteRange>? Asked(HttpRequest request, long length, EntityTagHeaderValue tag) =>
        HttpMethods.IsGet(request.Method) && EntityTags.MayBeRange(request, tag) ? ByteRange.Parse(request.Headers.Range.ToString(), length) : null;
}
