using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Stow;

/// <summary>The Store transaction (PS3.18 §10.5): what the body is, who stores it, and what the sender is told.</summary>
internal sealed class StowStore(IngestService ingest, PublicUrls urls, PacsOptions options)
{
    /// <summary>Objects of one request that may be under way to the disk at a time.</summary>
    public const int MaxPending = 8;

    /// <summary>Parts of one request: each is answered for, and the answer is made in memory.</summary>
    public const int MaxParts = 100_000;


    public async Task RunAsync(HttpContext context, string? study)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        if (study is not null && !Uid.IsAcceptable(study)) throw ApiException.BadRequest($"The Study Instance UID in the path is no UID: 1 to {Uid.MaxLength} digits and dots.");
        var form = DatasetForm.OfOne(request);
        var (payload, boundary) = TypeOf(request);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = options.Http.MaxRequestBytes;

        var target = new StowTarget(new IngestSource("STOW-RS") { RemoteAddress = context.Connection.RemoteIpAddress?.ToString() }, study, IngestRules.OfUnnegotiated(options.Http.Rules));
        var body = InflatingBody.Open(request, options.Http);
        IReadOnlyList<IngestResult> results;
        try
        {
            results = payload == MediaTypes.Dicom ? await StoreFilesAsync(body, boundary, target, cancellation) : await StoreMetadataAsync(body, boundary, payload, request, target, cancellation);
        }
        finally
        {
            if (body != request.BodyReader) await body.CompleteAsync();
        }
        if (results.Count == 0) throw ApiException.BadRequest("The request has no part. Send each DICOM file as a part of its own.");

        var report = StowReport.Of(results, urls.DicomWeb(request));
        response.StatusCode = report.Status;
        if (report.Status == StatusCodes.Status503ServiceUnavailable) response.Headers.RetryAfter = "30";
        (response.Headers.Location, response.Headers.ContentLocation) = (report.Location, report.Location);
        await DatasetAnswerWriter.WriteOneAsync(response, form, report.Dataset, cancellation);
    }

    /// <summary>What the objects are sent as, and the boundary of a multipart request; no boundary when the body is alone.</summary>
    private static (string Payload, string? Boundary) TypeOf(HttpRequest request)
    {
        var type = MediaType.Parse(request.ContentType);
        var payload = type is { IsMultipart: true, Payload: "*/*" } ? MediaTypes.Dicom : type?.Payload;
        if (payload is not (MediaTypes.Dicom or MediaTypes.DicomJson or MediaTypes.DicomXml) || (type!.Name.StartsWith("multipart/", StringComparison.Ordinal) && !type.IsMultipart))
            throw ApiException.UnsupportedMediaType("Send DICOM files as multipart/related; type=\"application/dicom\"; boundary=…, metadata with bulk data with type=\"application/dicom+json\" or \"application/dicom+xml\", or one file as application/dicom.");
        if (!type.IsMultipart) return (payload, null);
        return (payload, type["boundary"] ?? throw ApiException.BadRequest("The Content-Type has no boundary parameter."));
    }

    private async Task<IReadOnlyList<IngestResult>> StoreFilesAsync(PipeReader body, string? boundary, StowTarget target, CancellationToken cancellation)
    {
        var store = new Part10Store(ingest, target);
        try
        {
            if (boundary is null)
            {
                await store.ReadAloneAsync(body, cancellation);
            }
            else
            {
                var reader = new MultipartReader(body, boundary);
                while (await store.ReadPartAsync(reader, cancellation)) { }
            }
        }
        catch (Exception e) when (store.HasParts && IsOfTheBody(e))
        {
            store.Fail(e.Message);
        }
        finally
        {
            await store.SettleAsync();
        }
        return await store.ResultsAsync();
    }

    private async Task<IReadOnlyList<IngestResult>> StoreMetadataAsync(PipeReader body, string? boundary, string payload, HttpRequest request, StowTarget target, CancellationToken cancellation)
    {
        using var store = new MetadataStore(ingest, target, payload, options.Http, new Uri($"{urls.DicomWeb(request)}/studies"));
        try
        {
            if (boundary is null)
            {
                await store.ReadAloneAsync(body, cancellation);
            }
            else
            {
                var reader = new MultipartReader(body, boundary);
                while (await store.ReadPartAsync(reader, cancellation)) { }
            }
        }
        catch (Exception e) when (store.HasParts && IsOfTheBody(e))
        {
            store.Fail(e.Message);
        }
        return await store.StoreAsync();
    }

    /// <summary>What is wrong with the body from some place on: what came whole before stays.</summary>
    private static bool IsOfTheBody(Exception error) => error is MultipartException or ApiException or BadHttpRequestException;
}
