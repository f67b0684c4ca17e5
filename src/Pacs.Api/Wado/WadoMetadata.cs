using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>
/// Retrieves metadata (PS3.18 §10.4.1.1.2): stored headers as JSON or XML with bulk data by URI. The first reader's answer is kept,
/// compressed as it was sent, until the objects change.
/// </summary>
internal sealed class WadoMetadata(RetrievalService retrieval, PublicUrls urls, MetadataCache cache)
{
    /// <summary>Bytes made before they are sent on.</summary>
    private const int FlushAt = 64 * 1024;

    public async Task RunAsync(HttpContext context, string study, string? series, string? instance)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        var form = DatasetForm.OfMany(request, isOne: instance is not null);
        var selector = Selection.Of(study, series, instance);
        var version = await retrieval.GetVersionAsync(selector, cancellation) ?? throw await retrieval.NothingAsync(selector, cancellation);

        var dicomWeb = urls.DicomWeb(request);
        var coding = ContentCoding(request);
        var tag = new EntityTagHeaderValue($"\"{version}-{form.Name}-{coding}\"");
        response.Headers.ETag = tag.ToString();
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.Vary = "Accept, Accept-Encoding";
        if (IsKnown(request.Headers.IfNoneMatch, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        var writer = new DatasetAnswerWriter(form);
        response.ContentType = writer.ContentType;
        if (coding != Identity) response.Headers.ContentEncoding = coding;
        if (HttpMethods.IsHead(request.Method)) return;

        var key = new MetadataCache.Key(study, series, instance, dicomWeb, form.Name, coding);
        if (cache.Find(key, version) is { } kept)
        {
            response.ContentLength = kept.Length;
            await response.BodyWriter.WriteAsync(kept, cancellation);
            return;
        }
        await using var capture = new CapturingStream(response.BodyWriter.AsStream(leaveOpen: true), MetadataCache.MaxEntryBytes);
        await using (var encoder = Encoder(coding, capture))
            await WriteAsync(writer, selector, dicomWeb, encoder, cancellation);
        if (capture.Captured is { } whole) cache.Keep(key, version, whole);
    }

    private async Task WriteAsync(DatasetAnswerWriter writer, InstanceSelector selector, string dicomWeb, Stream output, CancellationToken cancellation)
    {
        await foreach (var (instance, header) in retrieval.ReadHeadersAsync(selector, cancellation))
        {
            var url = PublicUrls.Instance(dicomWeb, instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid);
            writer.Write(header, bulk => $"{url}/bulkdata/{bulk.Path}");
            if (writer.Pending.Length <= FlushAt) continue;
            await output.WriteAsync(writer.Pending, cancellation);
            writer.Clear();
        }
        writer.End();
        await output.WriteAsync(writer.Pending, cancellation);
    }

    private const string Identity = "identity";

    private static string ContentCoding(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted)) return Identity;
        var names = accepted.Where(a => a.Quality is not 0).Select(a => a.Value.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return names.Contains("br") ? "br" : names.Contains("gzip") ? "gzip" : Identity;
    }

    private static Stream Encoder(string coding, Stream output) => coding switch
    {
        // Level 4 of 11: compresses like gzip's best in a fraction of its time; the result is served many times.
        "br" => new BrotliStream(output, new BrotliCompressionOptions { Quality = 4 }, leaveOpen: true),
        "gzip" => new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true),
        _ => new BufferedStream(output, 64 * 1024),
    };

    private static bool IsKnown(StringValues ifNoneMatch, EntityTagHeaderValue tag) =>
        ifNoneMatch.Count > 0
        && EntityTagHeaderValue.TryParseList(ifNoneMatch, out var known)
        && known.Any(k => k.Equals(EntityTagHeaderValue.Any) || k.Compare(tag, useStrongComparison: false));
}
