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

/// <summary>Answers a search: matches as a JSON array, streamed unless its end has to be known before its beginning.</summary>
internal sealed class QidoSearch(QueryEngine engine, PublicUrls urls)
{
    /// <summary>Bytes collected before the first are sent. A page is collected whole, since its Warning header comes first.</summary>
    private const int FlushAt = 64 * 1024;

    public async Task RunAsync(HttpContext context, QueryLevel level, string? study, string? series)
    {
        var (request, response) = (context.Request, context.Response);
        var contentType = Accept.Json(request);
        var query = QidoQuery.Parse(level, request.Query, study, series);
        var dicomWeb = urls.DicomWeb(request);
        foreach (var warning in query.Warnings) Warn(response, dicomWeb, warning);

        var cancellation = context.RequestAborted;
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartArray();
        var count = 0;
        await foreach (var match in engine.RunAsync(query.Spec, cancellation))
        {
            if (count == query.PageSize)
            {
                Warn(response, dicomWeb, "There are additional results that can be requested");
                break;
            }
            count++;
            DicomJson.Write(json, Complete(match, level, dicomWeb));
            if (query.PageSize is not null || buffer.WrittenCount + json.BytesPending < FlushAt) continue;
            json.Flush();
            response.ContentType = contentType;
            await response.BodyWriter.WriteAsync(buffer.WrittenMemory, cancellation);
            buffer.ResetWrittenCount();
        }
        json.WriteEndArray();
        json.Flush();
        response.ContentType = contentType;
        if (!response.HasStarted) response.ContentLength = buffer.WrittenCount;
        if (!HttpMethods.IsHead(request.Method)) await response.BodyWriter.WriteAsync(buffer.WrittenMemory, cancellation);
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

    private static void Warn(HttpResponse response, string service, string text) => response.Headers.Append("Warning", $"299 {service}: {text}");
}
