using System.Globalization;
using System.Runtime.CompilerServices;
using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Storage.Multipart;
using Pacs.Storage.Gateway;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>
/// Retrieves bulk data: one value by the URI that metadata gives it, or all values, or all pixel data, of a study, series or
/// instance (PS3.18 §10.4.1.1.5, §10.4.1.1.6, §10.4.3.3.5, §10.4.3.3.6).
/// </summary>
internal sealed class WadoBulkData(RetrievalService retrieval, ThroughSelection through, ArchiveInstances archive, PublicUrls urls, WadoFrames frames)
{
    /// <summary>A document is opened by browsers, on our address and with our user's rights: it may not run what it brings. Not for PDF, which they refuse to show so.</summary>
    private const string Sandbox = "sandbox";

    public async Task RunAsync(HttpContext context, string study, string series, string instance, string path)
    {
        var stored = await through.FindOneAsync(context, study, series, instance);
        var place = path.Split('/');
        var value = await retrieval.FindBulkDataAsync(stored, place is [_, "frames", _] ? place[0] : path, context.RequestAborted)
            ?? throw ApiException.NotFound("This instance has no bulk data there. Its metadata names what it has in BulkDataURI.");
        var uri = Uri(context.Request, stored, value);
        if (place is [_, "frames", var list])
        {
            if (!value.IsPixelData) throw ApiException.NotFound("This bulk data has no frames.");
            await frames.RunAsync(context, stored, list, uri + "/frames/");
            return;
        }

        var found = await retrieval.ReadFramesAsync(stored, value, context.RequestAborted);
        var form = ValueForm.Of(value, stored.TransferSyntax);
        var mayBeSingle = found.Count <= 1;
        var contentType = new PartNegotiation(Accept.Tiers(context.Request)).Select(form, mayBeSingle, out var isSingle)
            ?? throw PartNegotiation.NotAcceptable(form, mayBeSingle);
        var parts = Parts(value, found, contentType, uri);
        if (isSingle)
        {
            if (form.IsDocument && form.MediaType != "application/pdf") context.Response.Headers.ContentSecurityPolicy = Sandbox;
            await PartWriting.WriteSingleAsync(context, parts.Single(), stored, retrieval.OpenBulkData);
            return;
        }
        using var reader = retrieval.OpenBulkData(stored);
        await PartWriting.WriteMultipartAsync(context, contentType.Split(';')[0], parts, reader);
    }

    /// <summary>Gone through twice: that each value can be had in a form that is accepted is known before the first byte is sent.</summary>
    public async Task RunAllAsync(HttpContext context, string study, string? series, string? instance, bool onlyPixelData)
    {
        var (response, cancellation) = (context.Response, context.RequestAborted);
        var selector = Selection.Of(study, series, instance);
        var negotiation = new PartNegotiation(Accept.Tiers(context.Request));
        var (rootType, isEmpty) = ((string?)null, true);
        var (_, there) = await through.FindAsync(context, selector);
        await foreach (var (stored, values) in ValuesAsync(selector, there, onlyPixelData, cancellation))
        {
            isEmpty = false;
            foreach (var value in values)
            {
                var contentType = Select(negotiation, value, stored);
                rootType ??= contentType.Split(';')[0];
            }
        }
        if (isEmpty) throw await retrieval.NothingAsync(selector, cancellation);
        if (rootType is null) throw ApiException.NotFound(onlyPixelData ? "There are no pixels in what this address names." : "There is no bulk data in what this address names.");

        var multipart = new MultipartWriter();
        response.ContentType = multipart.ContentType(rootType);
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var isFirst = true;
        await foreach (var (stored, values) in ValuesAsync(selector, there, onlyPixelData, cancellation))
        {
            using var reader = retrieval.OpenBulkData(stored);
            foreach (var value in values)
            {
                var found = await retrieval.ReadFramesAsync(stored, value, cancellation);
                foreach (var part in Parts(value, found, Select(negotiation, value, stored), Uri(context.Request, stored, value)))
                {
                    await response.WritePartAsync(multipart, part, reader, isFirst, cancellation);
                    isFirst = false;
                }
            }
        }
        await response.BodyWriter.WriteAsync(multipart.End(), cancellation);
    }

    private static string Select(PartNegotiation negotiation, BulkValue value, StoredInstance stored)
    {
        var form = ValueForm.Of(value, stored.TransferSyntax);
        return negotiation.Select(form, mayBeSingle: false, out _) ?? throw PartNegotiation.NotAcceptable(form, mayBeSingle: false);
    }

    private async IAsyncEnumerable<(StoredInstance Stored, List<BulkValue> Values)> ValuesAsync(
        InstanceSelector selector, IReadOnlyList<ArchiveInstance> there, bool onlyPixelData, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var (stored, header) in retrieval.ReadHeadersAsync(selector, cancellation))
            yield return (stored, [.. retrieval.FindBulkData(stored, header).Where(v => v.IsPixelData || !onlyPixelData)]);
        await foreach (var stored in archive.FetchAsync(there, cancellation))
            yield return (stored, [.. retrieval.FindBulkData(stored, await retrieval.ReadHeaderAsync(stored, cancellation)).Where(v => v.IsPixelData || !onlyPixelData)]);
    }

    /// <summary>Compressed frames are a part each, every other value is one.</summary>
    private static IEnumerable<Part> Parts(BulkValue value, InstanceFrames found, string contentType, string uri)
    {
        if (found.Count == 0) return [new Part(value.Location, contentType, uri)];
        if (found.Count == 1) return [new Part(found.Find(1)!, contentType, uri)];
        return Enumerable.Range(1, found.Count).Select(n => new Part(found.Find(n)!, contentType, string.Create(CultureInfo.InvariantCulture, $"{uri}/frames/{n}")));
    }

    private string Uri(HttpRequest request, StoredInstance stored, BulkValue value) => $"{urls.Instance(request, stored)}/bulkdata/{value.Path.ToUpperInvariant()}";
}
