using System.Buffers;
using System.IO.Pipelines;
using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Api.Zip;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Multipart;
using Pacs.Storage.Gateway;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Retrieves whole instances (PS3.18 §10.4.1.1.1).</summary>
internal sealed class WadoInstances(RetrievalService retrieval, ThroughSelection through, ArchiveInstances archive, PublicUrls urls, InstanceFile file, WadoBulkData bulkData, TimeProvider time)
{
    private const int Ahead = 4;

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
        var (instances, there) = await through.FindAsync(context, selector);
        if (there.Count > 0 && instance is null)
        {
            await WriteThroughAsync(context, negotiation, instances, there, series ?? study);
            return;
        }
        if (there.Count > 0) instances = [await through.FindOneAsync(context, selector)];
        var (form, syntaxes) = negotiation.Decide(instances);
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
            FetchAhead(instances, i);
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
            FetchAhead(instances, i);
            using var part = new OpenInstance(retrieval, instances[i], syntaxes[i]);
            await WriteZippedAsync(zip, body, instances[i], part, cancellation);
        }
        foreach (var block in zip.Directory()) await body.WriteAsync(block, cancellation);

        long? LengthOf(StoredInstance instance, int i) => WadoInstances.LengthOf(instance, syntaxes[i]);
    }

    /// <summary>What only an archive behind this one has is given on object by object, as it comes: how long all of it is, and in which syntaxes, only its end tells.</summary>
    private async Task WriteThroughAsync(HttpContext context, InstanceNegotiation negotiation, IReadOnlyList<StoredInstance> here, IReadOnlyList<ArchiveInstance> there, string name)
    {
        var (response, cancellation) = (context.Response, context.RequestAborted);
        await using var fetched = archive.FetchAsync(there, cancellation).GetAsyncEnumerator(cancellation);
        await fetched.MoveNextAsync();
        // The first stands for those that are still to come; one that cannot be had as asked for breaks off the answer.
        var (form, syntaxes) = negotiation.Decide([.. here, fetched.Current]);
        var (multipart, zip, body) = (new MultipartWriter(), new ZipWriter(time.GetLocalNow().DateTime), response.BodyWriter);
        response.ContentType = form == InstanceForm.Zip ? MediaTypes.Zip : multipart.ContentType(MediaTypes.Dicom);
        if (form == InstanceForm.Zip) response.Headers.ContentDisposition = $"attachment; filename=\"{name}.zip\"";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var dicomWeb = urls.DicomWeb(context.Request);
        for (var i = 0; i < here.Count; i++) await WriteAsync(here[i], syntaxes[i], isFirst: i == 0);
        for (var i = here.Count; ; i++)
        {
            await WriteAsync(fetched.Current, negotiation.Decide([fetched.Current]).Syntaxes[0], isFirst: i == 0);
            if (!await fetched.MoveNextAsync()) break;
        }
        if (form == InstanceForm.Zip)
        {
            foreach (var block in zip.Directory()) await body.WriteAsync(block, cancellation);
            return;
        }
        await body.WriteAsync(multipart.End(), cancellation);

        async Task WriteAsync(StoredInstance instance, TransferSyntax syntax, bool isFirst)
        {
            using var part = new OpenInstance(retrieval, instance, syntax);
            if (form == InstanceForm.Zip)
            {
                await WriteZippedAsync(zip, body, instance, part, cancellation);
                return;
            }
            body.Write(multipart.PartHeader(ContentType(syntax), PublicUrls.Instance(dicomWeb, instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid), LengthOf(instance, syntax), isFirst));
            await part.WriteAsync(body, checksum: null, cancellation);
        }
    }

    /// <summary>Files that are at an archive are on their way before their turn.</summary>
    private void FetchAhead(IReadOnlyList<StoredInstance> instances, int current)
    {
        for (var i = current + 1; i < instances.Count && i <= current + Ahead; i++) retrieval.FetchAhead(instances[i]);
    }

    private static async Task WriteZippedAsync(ZipWriter zip, PipeWriter body, StoredInstance instance, OpenInstance part, CancellationToken cancellation)
    {
        body.Write(zip.Begin(NameInZip(instance), part.Length));
        var checksum = new Crc32();
        await part.WriteAsync(body, checksum, cancellation);
        body.Write(zip.End(checksum.Length, checksum.Value));
    }

    /// <summary>Bytes; null for what is re-encoded.</summary>
    private static long? LengthOf(StoredInstance instance, TransferSyntax syntax) => OpenInstance.IsAsStored(instance, syntax) ? instance.BlobLength : null;

    private static string NameInZip(StoredInstance instance) => $"{instance.StudyInstanceUid}/{instance.SeriesInstanceUid}/{instance.SopInstanceUid}.dcm";

    private static string ContentType(TransferSyntax syntax) => $"{MediaTypes.Dicom}; transfer-syntax={syntax.Uid}";
}
