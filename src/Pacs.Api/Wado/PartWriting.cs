using System.Buffers;
using Microsoft.Net.Http.Headers;
using Pacs.Api.Errors;
using Pacs.Api.Multipart;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Frames and bulk values into responses.</summary>
internal static class PartWriting
{
    /// <summary>The body is the value: with an entity tag and ranges.</summary>
    /// <param name="context">The request.</param>
    /// <param name="part">The value.</param>
    /// <param name="stored">The object it is of.</param>
    /// <param name="open">Opens the object.</param>
    public static async Task WriteSingleAsync(HttpContext context, Part part, StoredInstance stored, Func<StoredInstance, BulkReader> open)
    {
        var (request, response) = (context.Request, context.Response);
        var tag = EntityTags.Of($"{stored.BlobKey}\n{part.ContentType}\n{part.Url}");
        response.Headers.Vary = HeaderNames.Accept;
        response.Headers.ContentLocation = part.Url;
        if (EntityTags.IsNotModified(context, tag)) return;
        using var reader = open(stored);
        var length = part.Location.Length;
        // Of other methods a range means nothing (RFC 9110 §14.2).
        var (from, count) = HttpMethods.IsGet(request.Method) && EntityTags.MayBeRange(request, tag) ? RangeOf(context, length) : (0, length);
        response.ContentType = part.ContentType;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.AcceptRanges = "bytes";
        if (count < length)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = new ContentRangeHeaderValue(from, from + count - 1, length).ToString();
        }
        response.ContentLength = count;
        if (HttpMethods.IsHead(request.Method)) return;
        await response.BodyWriter.WriteStreamAsync(reader.Open(count < length ? part.Location.Slice(from, count) : part.Location), count, context.RequestAborted);
    }

    /// <summary>The values within multipart/related, in their order. They are gone through twice: for the length, then to be sent.</summary>
    public static async Task WriteMultipartAsync(HttpContext context, string rootType, IEnumerable<Part> parts, BulkReader reader)
    {
        var (response, cancellation) = (context.Response, context.RequestAborted);
        var multipart = new MultipartWriter();
        var end = multipart.End();
        long length = end.Length;
        var isFirst = true;
        foreach (var part in parts)
        {
            length += multipart.PartHeader(part, isFirst).Length + part.Location.Length;
            isFirst = false;
        }
        response.ContentType = multipart.ContentType(rootType);
        response.ContentLength = length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        isFirst = true;
        foreach (var part in parts)
        {
            await response.WritePartAsync(multipart, part, reader, isFirst, cancellation);
            isFirst = false;
        }
        await response.BodyWriter.WriteAsync(end, cancellation);
    }

    public static Task WritePartAsync(this HttpResponse response, MultipartWriter multipart, Part part, BulkReader reader, bool isFirst, CancellationToken cancellation)
    {
        response.BodyWriter.Write(multipart.PartHeader(part, isFirst));
        return response.BodyWriter.WriteStreamAsync(reader.Open(part.Location), part.Location.Length, cancellation);
    }

    private static byte[] PartHeader(this MultipartWriter multipart, Part part, bool isFirst) =>
        multipart.PartHeader(part.ContentType, part.Url, part.Location.Length, isFirst);

    /// <summary>The one range that is asked for (RFC 9110 §14.2); all when there is none, or several, or it cannot be read.</summary>
    /// <exception cref="ApiException">416: it lies outside.</exception>
    private static (long From, long Count) RangeOf(HttpContext context, long length)
    {
        if (!RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out var header) || header.Unit != "bytes" || header.Ranges.Count != 1) return (0, length);
        var range = header.Ranges.First();
        var from = range.From ?? Math.Max(0, length - range.To!.Value);
        var to = range.From is null ? length - 1 : Math.Min(range.To ?? long.MaxValue, length - 1);
        if (from <= to) return (from, to - from + 1);
        context.Response.Headers.ContentRange = new ContentRangeHeaderValue(length).ToString();
        throw new ApiException(StatusCodes.Status416RangeNotSatisfiable, $"The range lies outside these {length} bytes.");
    }
}
