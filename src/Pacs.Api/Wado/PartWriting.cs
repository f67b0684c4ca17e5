using System.Buffers;
using Pacs.Storage.Multipart;
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
        var response = context.Response;
        var tag = EntityTags.Of($"{stored.BlobKey}\n{part.ContentType}\n{part.Url}");
        response.Headers.ContentLocation = part.Url;
        if (EntityTags.IsNotModified(context, tag)) return;
        using var reader = open(stored);
        var length = part.Location.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        await RangedBody.SendAsync(context, length, tag, part.ContentType, range =>
            response.BodyWriter.WriteStreamAsync(reader.Open(range.Count < length ? part.Location.Slice(range.From, range.Count) : part.Location), range.Count, context.RequestAborted));
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
}
