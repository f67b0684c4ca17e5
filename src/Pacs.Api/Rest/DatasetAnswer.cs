using System.Buffers;
using System.Text.Json;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Json;

namespace Pacs.Api.Rest;

/// <summary>Data sets as an answer: DICOM JSON.</summary>
internal static class DatasetAnswer
{
    /// <summary>An object.</summary>
    public static Task WriteAsync(HttpContext context, int status, DicomDataset dataset) => WriteAsync(context, status, json => DicomJson.Write(json, dataset));

    /// <summary>An array.</summary>
    public static Task WriteAsync(HttpContext context, int status, IReadOnlyList<DicomDataset> datasets) => WriteAsync(context, status, json =>
    {
        json.WriteStartArray();
        foreach (var dataset in datasets) DicomJson.Write(json, dataset);
        json.WriteEndArray();
    });

    /// <summary>The warning of QIDO-RS (PS3.18 §10.6.3) that a page is not all there is.</summary>
    public static void WarnOfMore(HttpContext context, string service) =>
        context.Response.Headers.Append("Warning", $"299 {service}: There are additional results that can be requested");

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var response = context.Response;
        response.ContentType = Accept.Json(context.Request);
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true })) write(json);
        response.StatusCode = status;
        response.ContentLength = buffer.WrittenCount;
        await response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}
