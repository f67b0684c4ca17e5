using System.IO.Pipelines;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Gateway;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>
/// Retrieves metadata (PS3.18 §10.4.1.1.2): stored headers as JSON or XML with bulk data by URI. The first reader's answer is kept,
/// compressed as it was sent, until the objects change.
/// </summary>
internal sealed class WadoMetadata(RetrievalService retrieval, ThroughSelection through, ArchiveInstances archive, PublicUrls urls, MetadataCache cache)
{
    /// <summary>Bytes made before they are sent on.</summary>
    private const int FlushAt = 64 * 1024;

    /// <summary>The same sources make the same.</summary>
    private static readonly string Build = typeof(DicomDataset).Module.ModuleVersionId.ToString("N")[..8];

    public async Task RunAsync(HttpContext context, string study, string? series, string? instance)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        var form = DatasetForm.OfMany(request, isOne: instance is not null);
        var selector = Selection.Of(study, series, instance);
        if (await archive.IsAskedAsync(cancellation) && await TryThroughAsync(context, form, selector)) return;
        var version = await retrieval.GetVersionAsync(selector, cancellation) ?? throw await retrieval.NothingAsync(selector, cancellation);

        var dicomWeb = urls.DicomWeb(request);
        var coding = ContentCoding.Of(request);
        response.Headers.Vary = "Accept, Accept-Encoding";
        // Strong: each form in each coding has a tag of its own, as have other addresses for bulk data, and what another build of the program may write otherwise.
        if (EntityTags.IsNotModified(context, EntityTags.Of($"{version}\n{Build}\n{form.Name}\n{coding}\n{dicomWeb}"))) return;
        var writer = new DatasetAnswerWriter(form);
        response.ContentType = writer.ContentType;
        if (coding != ContentCoding.Identity) response.Headers.ContentEncoding = coding;

        var key = new MetadataCache.Key(study, series, instance, dicomWeb, form.Name, coding);
        if (cache.Find(key, version) is { } kept)
        {
            response.ContentLength = kept.Length;
            if (!HttpMethods.IsHead(request.Method)) await response.BodyWriter.WriteAsync(kept, cancellation);
            return;
        }
        if (HttpMethods.IsHead(request.Method)) return;
        await using var capture = new CapturingStream(response.BodyWriter.AsStream(leaveOpen: true), MetadataCache.MaxEntryBytes);
        await using (var encoder = ContentCoding.Encoder(coding, capture))
            await WriteAsync(writer, selector, [], dicomWeb, encoder, cancellation);
        if (capture.Captured is { } whole) cache.Keep(key, version, whole);
    }

    /// <summary>With what only an archive behind this one has, whose versions nobody tells: never kept, and without an entity tag.</summary>
    /// <returns>False when all of it is here.</returns>
    private async Task<bool> TryThroughAsync(HttpContext context, DatasetForm form, InstanceSelector selector)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        var (_, there) = await through.FindAsync(context, selector);
        if (there.Count == 0 && response.StatusCode == StatusCodes.Status200OK) return false;
        var coding = ContentCoding.Of(request);
        response.Headers.Vary = "Accept, Accept-Encoding";
        var writer = new DatasetAnswerWriter(form);
        response.ContentType = writer.ContentType;
        if (coding != ContentCoding.Identity) response.Headers.ContentEncoding = coding;
        if (HttpMethods.IsHead(request.Method)) return true;
        await using var encoder = ContentCoding.Encoder(coding, response.BodyWriter.AsStream(leaveOpen: true));
        await WriteAsync(writer, selector, there, urls.DicomWeb(request), encoder, cancellation);
        return true;
    }

    private async Task WriteAsync(DatasetAnswerWriter writer, InstanceSelector selector, IReadOnlyList<ArchiveInstance> there, string dicomWeb, Stream output, CancellationToken cancellation)
    {
        await foreach (var (instance, header) in retrieval.ReadHeadersAsync(selector, cancellation)) await WriteAsync(instance, header);
        await foreach (var instance in archive.FetchAsync(there, cancellation)) await WriteAsync(instance, await retrieval.ReadHeaderAsync(instance, cancellation));
        writer.End();
        await output.WriteAsync(writer.Pending, cancellation);

        async ValueTask WriteAsync(StoredInstance instance, DicomDataset header)
        {
            var url = PublicUrls.Instance(dicomWeb, instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid);
            writer.Write(header, bulk => $"{url}/bulkdata/{bulk.Path}");
            if (writer.Pending.Length <= FlushAt) return;
            await output.WriteAsync(writer.Pending, cancellation);
            writer.Clear();
        }
    }
}
