using System.Buffers;
using Microsoft.Net.Http.Headers;
using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Api.Zip;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Multipart;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Retrieves whole instances (PS3.18 §10.4.1.1.1).</summary>
internal sealed class WadoInstances(RetrievalService retrieval, PublicUrls urls, InstanceFile file, WadoBulkData bulkData, TimeProvider time)
{
    public async Task RunAsync(HttpContext context, string study, string? series, string? instance)
    {
        var request = context.Request;
        var selector = Selection.Of(study, series, instance);
        Charset.Check(request);
        var tiers = Accept.Tiers(request);
        if (InstanceNegotiation.IsForBulkData(tiers))
        {
            await bulkData.RunAllAsync(context, study, series, instance, onlyPixelData: false);
            return;
        }
        var negotiation = new InstanceNegotiation(retrieval, tiers, instance is not null);
        var instances = await retrieval.FindAsync(selector, context.RequestAborted);
        var (form, syntaxes) = negotiation.Decide(instances);
        context.Response.Headers.Vary = HeaderNames.Accept;
        switch (form)
        {
            case InstanceForm.SinglePart:
                await file.SendAsync(context, instances[0], syntaxes[0], ContentType(syntaxes[0]));
                break;
            case InstanceForm.Zip:
                await WriteZipAsync(context, instances, syntaxes, instance ?? series ?? study);
                break;
            default:
                await WriteMultipartAsync(context, instances, syntaxes);
                break;
        }
    }

    private async Task WriteMultipartAsync(HttpContext context, IReadOnlyList<StoredInstance> instances, IReadOnlyList<TransferSyntax> syntaxes)
    {
        var (response, cancellation) = (context.Response, context.RequestAborted);
        var dicomWeb = urls.DicomWeb(context.Request);
        var multipart = new MultipartWriter();
        var headers = new byte[instances.Count][];
        long? length = 0;
        for (var i = 0; i < headers.Length; i++)
        {
            var (instance, syntax) = (instances[i], syntaxes[i]);
            var location = PublicUrls.Instance(dicomWeb, instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid);
            var partLength = LengthOf(instance, syntax);
            headers[i] = multipart.PartHeader(ContentType(syntax), location, partLength, isFirst: i == 0);
            length += headers[i].Length + partLength;
        }
        var end = multipart.End();
        response.ContentType = multipart.ContentType(MediaTypes.Dicom);
        response.ContentLength = length + end.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;

        for (var i = 0; i < headers.Length; i++)
        {
            using var part = new OpenInstance(retrieval, instances[i], syntaxes[i]);
            response.BodyWriter.Write(headers[i]);
            await part.WriteAsync(response.BodyWriter, checksum: null, cancellation);
        }
        await response.BodyWriter.WriteAsync(end, cancellation);
    }

    /// <summary>A file for each, in a folder for its series in one for its study. Whatever fails under way cuts the connection before the directory, without which this is no zip.</summary>
    private async Task WriteZipAsync(HttpContext context, IReadOnlyList<StoredInstance> instances, IReadOnlyList<TransferSyntax> syntaxes, string name)
    {
        var (response, cancellation) = (context.Response, context.RequestAborted);
        var lengths = instances.Select(LengthOf).Zip(instances, (length, instance) => (NameInZip(instance), length)).ToList();
        response.ContentType = MediaTypes.Zip;
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}.zip\"";
        if (lengths.TrueForAll(l => l.length is not null)) response.ContentLength = ZipWriter.LengthOf(lengths.Select(l => (l.Item1, l.length!.Value)));
        if (HttpMethods.IsHead(context.Request.Method)) return;

        var (zip, body) = (new ZipWriter(time.GetLocalNow().DateTime), response.BodyWriter);
        for (var i = 0; i < instances.Count; i++)
        {
            using var part = new OpenInstance(retrieval, instances[i], syntaxes[i]);
            body.Write(zip.Begin(NameInZip(instances[i]), part.Length));
            var checksum = new Crc32();
            await part.WriteAsync(body, checksum, cancellation);
            body.Write(zip.End(checksum.Length, checksum.Value));
        }
        foreach (var block in zip.Directory()) await body.WriteAsync(block, cancellation);

        long? LengthOf(StoredInstance instance, int i) => WadoInstances.LengthOf(instance, syntaxes[i]);
    }

    /// <summary>Bytes; null for what is re-encoded.</summary>
    private static long? LengthOf(StoredInstance instance, TransferSyntax syntax) => OpenInstance.IsAsStored(instance, syntax) ? instance.BlobLength : null;

    private static string NameInZip(StoredInstance instance) => $"{instance.StudyInstanceUid}/{instance.SeriesInstanceUid}/{instance.SopInstanceUid}.dcm";

    private static string ContentType(TransferSyntax syntax) => $"{MediaTypes.Dicom}; transfer-syntax={syntax.Uid}";
}
