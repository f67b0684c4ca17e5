using System.Buffers;
using System.Text.Json;
using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Api.Qido;

/// <summary>Answers a search: matches as a JSON array, streamed, so that memory does not depend on how many there are.</summary>
internal sealed class QidoSearch(QueryEngine engine, PublicUrls urls)
{
    /// <summary>Bytes held back before the first are sent: the headers before them have to tell whether there are more matches than the page takes.</summary>
    private const int HoldBack = 256 * 1024;

    /// <summary>Bytes collected before they are sent on.</summary>
    private const int FlushAt = 64 * 1024;

    public async Task RunAsync(HttpContext context, QueryLevel level, string? study, string? series)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        var contentType = Accept.Json(request);
        var query = QidoQuery.Parse(level, request.Query, study, series);
        var dicomWeb = urls.DicomWeb(request);

        response.ContentType = contentType;
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartArray();
        var count = 0;
        await foreach (var match in engine.RunAsync(query.Spec, cancellation))
        {
            if (count == query.PageSize)
            {
                if (!response.HasStarted) WarnOfMore(response, dicomWeb);
                break;
            }
            count++;
            DicomJson.Write(json, Complete(match, level, dicomWeb));
            if (buffer.WrittenCount + json.BytesPending < (response.HasStarted ? FlushAt : HoldBack)) continue;
            if (!response.HasStarted && query.PageSize is { } size && await HasMoreAsync(query.Spec, size, cancellation)) WarnOfMore(response, dicomWeb);
            json.Flush();
            await response.BodyWriter.WriteAsync(buffer.WrittenMemory, cancellation);
            buffer.ResetWrittenCount();
        }
        json.WriteEndArray();
        json.Flush();
        if (!response.HasStarted) response.ContentLength = buffer.WrittenCount;
        await response.BodyWriter.WriteAsync(buffer.WrittenMemory, cancellation);
    }

    /// <summary>Whether there is a match behind a page that is too large to be collected first.</summary>
    private async Task<bool> HasMoreAsync(QuerySpec spec, int pageSize, CancellationToken cancellation)
    {
        try
        {
            await foreach (var _ in engine.RunAsync(spec with { Return = [], ReturnAll = false, Offset = spec.Offset + pageSize, Limit = 1 }, cancellation)) return true;
            return false;
        }
        catch (QueryException e) when (e.Error == QueryError.TooBroad)
        {
            // What cannot be told in time is looked for by whoever asks for the next page.
            return true;
        }
    }

    private static DicomDataset Complete(DicomDataset match, QueryLevel level, string dicomWeb)
    {
        foreach (var tag in QidoAttributes.OnlyIfKnown)
            if (match[tag] is ValueElement { Value.IsEmpty: true } or SequenceElement { Items.Count: 0 }) match.Remove(tag);

        var study = match.GetString(Tags.StudyInstanceUID) ?? "";
        var series = match.GetString(Tags.SeriesInstanceUID) ?? "";
        var url = level switch
        {
            QueryLevel.Study => PublicUrls.Study(dicomWeb, study),
            QueryLevel.Series => PublicUrls.Series(dicomWeb, study, series),
            _ => PublicUrls.Instance(dicomWeb, study, series, match.GetString(Tags.SOPInstanceUID) ?? ""),
        };
        return match.Set(Tags.RetrieveURL, Vr.UR, url);
    }

    private static void WarnOfMore(HttpResponse response, string service) =>
        response.Headers.Append("Warning", $"299 {service}: There are additional results that can be requested");
}
