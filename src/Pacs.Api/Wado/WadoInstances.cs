using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Multipart;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Retrieves whole instances (PS3.18 §10.4.1.1.1).</summary>
internal sealed class WadoInstances(RetrievalService retrieval, PublicUrls urls)
{
    public async Task RunAsync(HttpContext context, string study, string? series, string? instance)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        var selector = Selection.Of(study, series, instance);
        var negotiation = new InstanceNegotiation(Accept.Of(request), instance is not null);
        var instances = await retrieval.FindAsync(selector, cancellation);

        var parts = new List<(StoredInstance Instance, TransferSyntax Syntax)>(instances.Count);
        foreach (var found in instances)
            if (negotiation.Select(retrieval, found) is { } syntax) parts.Add((found, syntax));
        if (parts.Count < instances.Count)
        {
            throw ApiException.NotAcceptable($"{instances.Count - parts.Count} of {instances.Count} instances cannot be had in the transfer syntax asked for, "
                + $"the first of them stored as {instances.First(i => negotiation.Select(retrieval, i) is null).TransferSyntax.Uid}. Ask with transfer-syntax=* to get each as it is stored.");
        }
        if (negotiation.IsSinglePart) await WriteSinglePartAsync(context, parts[0].Instance, parts[0].Syntax);
        else await WriteMultipartAsync(context, parts, urls.DicomWeb(request));
    }

    private async Task WriteSinglePartAsync(HttpContext context, StoredInstance instance, TransferSyntax syntax)
    {
        var response = context.Response;
        using var part = Open(instance, syntax);
        response.ContentType = ContentType(syntax);
        response.ContentLength = part.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await part.WriteAsync(response, context.RequestAborted);
    }

    private async Task WriteMultipartAsync(HttpContext context, List<(StoredInstance Instance, TransferSyntax Syntax)> parts, string dicomWeb)
    {
        var (response, cancellation) = (context.Response, context.RequestAborted);
        var multipart = new MultipartWriter();
        var headers = new byte[parts.Count][];
        for (var i = 0; i < parts.Count; i++)
        {
            var (instance, syntax) = parts[i];
            var location = PublicUrls.Instance(dicomWeb, instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid);
            headers[i] = multipart.PartHeader(ContentType(syntax), location, IsAsStored(instance, syntax) ? instance.BlobLength : null, isFirst: i == 0);
        }
        var end = multipart.End();
        response.ContentType = multipart.ContentType(MediaTypes.Dicom);
        if (parts.TrueForAll(p => IsAsStored(p.Instance, p.Syntax)))
            response.ContentLength = parts.Sum(p => p.Instance.BlobLength) + headers.Sum(h => (long)h.Length) + end.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;

        for (var i = 0; i < parts.Count; i++)
        {
            using var part = Open(parts[i].Instance, parts[i].Syntax);
            await response.BodyWriter.WriteAsync(headers[i], cancellation);
            await part.WriteAsync(response, cancellation);
        }
        await response.BodyWriter.WriteAsync(end, cancellation);
    }

    private static string ContentType(TransferSyntax syntax) => $"application/dicom; transfer-syntax={syntax.Uid}";

    private static bool IsAsStored(StoredInstance instance, TransferSyntax syntax) => instance.TransferSyntax == syntax;

    private OpenInstance Open(StoredInstance instance, TransferSyntax syntax) => IsAsStored(instance, syntax)
        ? new OpenInstance(retrieval.OpenBlob(instance))
        : new OpenInstance(
            new FileMetaInformation { MediaStorageSopClassUid = instance.SopClassUid, MediaStorageSopInstanceUid = instance.SopInstanceUid, TransferSyntax = syntax }.ToPart10Header(),
            retrieval.OpenDataset(instance, syntax));

    /// <summary>An instance ready to be sent: the stored file, or a header and a data set that is re-encoded on the way.</summary>
    private sealed class OpenInstance : IDisposable
    {
        private readonly BlobReader? _blob;
        private readonly byte[] _header = [];
        private readonly Stream? _dataset;

        public OpenInstance(BlobReader blob) => (_blob, Length) = (blob, blob.Length);
        public OpenInstance(byte[] header, Stream dataset) => (_header, _dataset) = (header, dataset);

        /// <summary>Bytes; null when only sending tells.</summary>
        public long? Length { get; }

        public async Task WriteAsync(HttpResponse response, CancellationToken cancellation)
        {
            if (_blob is not null)
            {
                await response.BodyWriter.WriteBlobAsync(_blob, cancellation);
                return;
            }
            await response.BodyWriter.WriteAsync(_header, cancellation);
            await response.BodyWriter.WriteStreamAsync(_dataset!, long.MaxValue, cancellation);
        }

        public void Dispose()
        {
            _blob?.Dispose();
            _dataset?.Dispose();
        }
    }
}
