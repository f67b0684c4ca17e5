using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Multipart;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;

namespace Pacs.Api.Stow;

/// <summary>
/// Stores the parts of a request one after the other as they arrive, none of them whole in memory. While one is made
/// durable, the next is read already. Parts stand for themselves: a bad one does not keep the others out.
/// </summary>
internal sealed class StowStore(IngestService ingest, PublicUrls urls, PacsOptions options)
{
    /// <summary>Parts of one request that may be under way to the disk at a time.</summary>
    private const int MaxPending = 8;

    /// <summary>Parts of one request: each is answered for, and the answer is made in memory.</summary>
    internal const int MaxParts = 100_000;

    public async Task RunAsync(HttpContext context, string? study)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        if (study is not null && !Uid.IsAcceptable(study)) throw ApiException.BadRequest($"The Study Instance UID in the path is no UID: 1 to {Uid.MaxLength} digits and dots.");
        var form = DatasetForm.OfOne(request);
        var boundary = BoundaryOf(request);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = options.Http.MaxRequestBytes;

        var source = new IngestSource("STOW-RS") { RemoteAddress = context.Connection.RemoteIpAddress?.ToString() };
        var results = boundary is null
            ? [await StoreOneAsync(request.BodyReader, source, study, cancellation)]
            : await StorePartsAsync(new MultipartReader(request.BodyReader, boundary), source, study, cancellation);

        var report = StowReport.Of(results, urls.DicomWeb(request));
        response.StatusCode = report.Status;
        if (report.Status == StatusCodes.Status503ServiceUnavailable) response.Headers.RetryAfter = "30";
        await DatasetAnswerWriter.WriteOneAsync(response, form, report.Dataset, cancellation);
    }

    /// <summary>The boundary of a multipart request; null when the body is one file.</summary>
    private static string? BoundaryOf(HttpRequest request)
    {
        var type = MediaType.Parse(request.ContentType);
        if (type?.Name == MediaTypes.Dicom) return null;
        if (type is not { IsMultipart: true } || type.Payload is not (MediaTypes.Dicom or "*/*"))
            throw ApiException.UnsupportedMediaType("Send DICOM files as multipart/related; type=\"application/dicom\"; boundary=…, or one file as application/dicom.");
        return type["boundary"] ?? throw ApiException.BadRequest("The Content-Type has no boundary parameter.");
    }

    private async Task<IReadOnlyList<IngestResult>> StorePartsAsync(MultipartReader reader, IngestSource source, string? study, CancellationToken cancellation)
    {
        var results = new List<Task<IngestResult>>();
        var pending = new Queue<Task>();
        try
        {
            while (await reader.ReadHeadersAsync(cancellation) is { } headers)
            {
                if (results.Count == MaxParts) throw new MultipartException($"More than {MaxParts} parts: send the rest in another request.");
                while (pending.Count >= MaxPending) await pending.Dequeue();
                var part = MediaType.Parse(headers.ContentType);
                var task = part is null or { Name: MediaTypes.Dicom } ? await StorePartAsync(reader, source, study, cancellation) : Task.FromResult(Refused(headers.ContentType));
                results.Add(task);
                pending.Enqueue(task);
            }
        }
        catch (MultipartException e) when (results.Count > 0)
        {
            results.Add(Task.FromResult(new IngestResult(IngestOutcome.NotUnderstood, e.Message)));
        }
        finally
        {
            // Whatever ended the reading: what was handed over is finished before the request is.
            await Task.WhenAll(pending);
        }
        return results.Count > 0 ? await Task.WhenAll(results) : throw ApiException.BadRequest("The request has no part. Send each DICOM file as a part of its own.");
    }

    /// <summary>Reads the part to its end. The task within is done when the object is safe.</summary>
    private async Task<Task<IngestResult>> StorePartAsync(MultipartReader reader, IngestSource source, string? study, CancellationToken cancellation)
    {
        var session = new Part10IngestSession(ingest, source, study);
        try
        {
            while (true)
            {
                var chunk = await reader.ReadAsync(cancellation);
                session.Write(chunk.Data);
                reader.Advance();
                if (chunk.IsTruncated)
                {
                    session.Dispose();
                    return Task.FromResult(new IngestResult(IngestOutcome.NotUnderstood, "The body ends within this part: its closing boundary is missing."));
                }
                if (chunk.IsLast) return FinishAsync(session);
            }
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private async Task<IngestResult> StoreOneAsync(PipeReader body, IngestSource source, string? study, CancellationToken cancellation)
    {
        using var session = new Part10IngestSession(ingest, source, study);
        while (true)
        {
            var read = await body.ReadAtLeastAsync(MultipartReader.Step, cancellation);
            session.Write(read.Buffer);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return await session.CompleteAsync(CancellationToken.None);
        }
    }

    /// <summary>Not cancelled with the request: an object whose every byte is here is stored.</summary>
    private static async Task<IngestResult> FinishAsync(Part10IngestSession session)
    {
        using (session) return await session.CompleteAsync(CancellationToken.None);
    }

    private static IngestResult Refused(string? contentType) =>
        new(IngestOutcome.ProcessingFailure, contentType is { Length: < 40 } ? $"Not stored: a part of {contentType}." : "Not stored: a part that is not application/dicom.");
}
