using System.Buffers;
using System.Globalization;
using Microsoft.Net.Http.Headers;
using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Multipart;
using Pacs.Api.Negotiation;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Retrieves frames and bulk data in their stored encoding (PS3.18 §10.4.1.1.4, §10.4.1.1.5).</summary>
internal sealed class WadoFrames(RetrievalService retrieval, PublicUrls urls)
{
    /// <summary>Frames that one request may name.</summary>
    private const int MaxFrames = 10_000;

    private const string PixelData = "7FE00010";

    public async Task FramesAsync(HttpContext context, string study, string series, string instance, string frames)
    {
        var numbers = ParseFrames(frames);
        var stored = await OneAsync(context, study, series, instance);
        await SendFramesAsync(context, stored, numbers);
    }

    public async Task BulkDataAsync(HttpContext context, string study, string series, string instance, string path)
    {
        var stored = await OneAsync(context, study, series, instance);
        var isPixels = stored.TransferSyntax.IsEncapsulated && path.Equals(PixelData, StringComparison.OrdinalIgnoreCase);
        if (isPixels && retrieval.CountFrames(stored) is var frames and > 0)
        {
            await SendFramesAsync(context, stored, [.. Enumerable.Range(1, frames)]);
            return;
        }
        var location = await retrieval.FindBulkDataAsync(stored, path, context.RequestAborted)
            ?? throw ApiException.NotFound("This instance has no bulk data there. Its metadata names what it has in BulkDataURI.");
        // A video is one stream, whatever its number of frames.
        var type = isPixels ? MediaTypes.OfFrame(stored.TransferSyntax) : MediaTypes.OctetStream;
        var content = Negotiate(context.Request, type, stored.TransferSyntax, mayBeSingle: true, out var isSingle);
        if (isSingle) await SendSingleAsync(context, stored, location, content);
        else await SendPartsAsync(context, stored, [(location, $"{InstanceUrl(context, stored)}/bulkdata/{path}")], content, content.Split(';')[0]);
    }

    private async Task SendFramesAsync(HttpContext context, StoredInstance stored, IReadOnlyList<int> numbers)
    {
        var type = MediaTypes.OfFrame(stored.TransferSyntax);
        var content = Negotiate(context.Request, type, stored.TransferSyntax, numbers.Count == 1, out var isSingle);
        var url = InstanceUrl(context, stored);
        var found = await retrieval.FindFramesAsync(stored, numbers, context.RequestAborted);
        var locations = new List<(FrameLocation, string)>(numbers.Count);
        for (var i = 0; i < numbers.Count; i++)
            locations.Add((found[i] ?? throw NoFrame(stored, numbers[i]), $"{url}/frames/{numbers[i]}"));
        if (isSingle) await SendSingleAsync(context, stored, locations[0].Item1, content);
        else await SendPartsAsync(context, stored, locations, content, content.Split(';')[0]);
    }

    private ApiException NoFrame(StoredInstance stored, int number) => ApiException.NotFound(retrieval.CountFrames(stored) switch
    {
        0 => "This instance has no frames that can be told apart: it has no pixels, or is a video. Its metadata names the bulk data it has.",
        var frames when number > frames => $"This instance has no frame {number}. Frames are counted from 1; it has {frames}.",
        var frames => $"The stored pixels end before frame {number} of {frames} does.",
    });

    /// <summary>The Content-Type of each part. Stored pixels go as their own media type, or as octets to who accepts any transfer syntax.</summary>
    /// <exception cref="ApiException">406: they would have to be decoded or encoded.</exception>
    private static string Negotiate(HttpRequest request, string type, TransferSyntax stored, bool mayBeSingle, out bool isSingle)
    {
        var syntax = stored.IsNative ? TransferSyntaxRegistry.ExplicitVrLittleEndian.Uid : stored.Uid;
        foreach (var range in Accept.Of(request))
        {
            isSingle = !range.IsMultipart && !range.Name.Contains('*', StringComparison.Ordinal);
            if (isSingle && !mayBeSingle) continue;
            var wanted = range.TransferSyntax;
            if (wanted is not null and not "*" && wanted != syntax && wanted != stored.Uid) continue;
            if (MediaType.Covers(range.Payload, type)) return $"{type}; transfer-syntax={syntax}";
            if (range.Payload == MediaTypes.OctetStream && wanted is not null) return $"{MediaTypes.OctetStream}; transfer-syntax={syntax}";
        }
        throw ApiException.NotAcceptable(stored.IsNative
            ? "These pixels are stored uncompressed and served as application/octet-stream, one frame alone or several within multipart/related."
            : $"These pixels are stored as {type} (transfer syntax {stored.Uid}). Accept that, or multipart/related; type=\"application/octet-stream\"; transfer-syntax=*.");
    }

    private async Task SendSingleAsync(HttpContext context, StoredInstance stored, FrameLocation location, string contentType)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        using var stream = retrieval.OpenBulkData(stored, location);
        var (from, count) = Range(context, location.Length);
        response.ContentType = contentType;
        response.Headers.AcceptRanges = "bytes";
        if (count < location.Length)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = new ContentRangeHeaderValue(from, from + count - 1, location.Length).ToString();
        }
        response.ContentLength = count;
        if (HttpMethods.IsHead(request.Method)) return;
        Skip(stream, from);
        await response.BodyWriter.WriteStreamAsync(stream, count, cancellation);
    }

    private async Task SendPartsAsync(HttpContext context, StoredInstance stored, List<(FrameLocation Location, string Url)> locations, string contentType, string type)
    {
        var (response, cancellation) = (context.Response, context.RequestAborted);
        var multipart = new MultipartWriter();
        var headers = new byte[locations.Count][];
        for (var i = 0; i < headers.Length; i++)
            headers[i] = multipart.PartHeader(contentType, locations[i].Url, locations[i].Location.Length, isFirst: i == 0);
        var end = multipart.End();
        using var first = retrieval.OpenBulkData(stored, locations[0].Location);
        response.ContentType = multipart.ContentType(type);
        response.ContentLength = headers.Sum(h => (long)h.Length) + locations.Sum(l => l.Location.Length) + end.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;

        for (var i = 0; i < headers.Length; i++)
        {
            response.BodyWriter.Write(headers[i]);
            using var stream = i == 0 ? null : retrieval.OpenBulkData(stored, locations[i].Location);
            await response.BodyWriter.WriteStreamAsync(stream ?? first, locations[i].Location.Length, cancellation);
        }
        await response.BodyWriter.WriteAsync(end, cancellation);
    }

    private async Task<StoredInstance> OneAsync(HttpContext context, string study, string series, string instance) =>
        (await retrieval.FindAsync(Selection.Of(study, series, instance), context.RequestAborted))[0];

    private string InstanceUrl(HttpContext context, StoredInstance stored) =>
        PublicUrls.Instance(urls.DicomWeb(context.Request), stored.StudyInstanceUid, stored.SeriesInstanceUid, stored.SopInstanceUid);

    private static IReadOnlyList<int> ParseFrames(string list)
    {
        var texts = list.Split(',');
        if (texts.Length > MaxFrames) throw ApiException.BadRequest($"At most {MaxFrames} frames at a time.");
        return [.. texts.Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw ApiException.BadRequest("Frames are numbers from 1, with commas between."))];
    }

    /// <summary>The one range that is asked for (RFC 9110 §14.2); all when there is none, or several.</summary>
    /// <exception cref="ApiException">416: it lies outside.</exception>
    private static (long From, long Count) Range(HttpContext context, long length)
    {
        if (!RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out var header) || header.Unit != "bytes" || header.Ranges.Count != 1) return (0, length);
        var range = header.Ranges.First();
        var from = range.From ?? Math.Max(0, length - range.To!.Value);
        var to = range.From is null ? length - 1 : Math.Min(range.To ?? long.MaxValue, length - 1);
        if (from <= to) return (from, to - from + 1);
        context.Response.Headers.ContentRange = new ContentRangeHeaderValue(length).ToString();
        throw new ApiException(StatusCodes.Status416RangeNotSatisfiable, $"The range lies outside these {length} bytes.");
    }

    private static void Skip(Stream stream, long count)
    {
        if (stream.CanSeek)
        {
            stream.Position += count;
            return;
        }
        Span<byte> buffer = stackalloc byte[4096];
        for (int read; count > 0; count -= read)
        {
            read = stream.Read(buffer[..(int)Math.Min(buffer.Length, count)]);
            if (read == 0) return;
        }
    }
}
