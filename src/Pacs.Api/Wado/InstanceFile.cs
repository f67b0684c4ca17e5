using Pacs.Api.Hosting;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Answers with one instance as the body: WADO-RS single part, WADO-URI. Ranges of the stored file, and a tag for either.</summary>
internal sealed class InstanceFile(RetrievalService retrieval, PublicUrls urls)
{
    public async Task SendAsync(HttpContext context, StoredInstance instance, TransferSyntax syntax, string contentType)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        response.Headers.ContentLocation = PublicUrls.Instance(urls.DicomWeb(request), instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid);
        // Names the version of the object, which never changes, and what it is turned into.
        var tag = EntityTags.Of($"{instance.BlobKey} {syntax.Uid}");
        if (EntityTags.IsNotModified(context, tag)) return;

        using var file = new OpenInstance(retrieval, instance, syntax);
        if (file.Length is { } length)
        {
            await RangedBody.SendAsync(context, length, tag, contentType, range => file.WriteAsync(response.BodyWriter, range, cancellation));
        }
        else
        {
            response.ContentType = contentType;
            response.Headers.AcceptRanges = "none";
            if (!HttpMethods.IsHead(request.Method)) await file.WriteAsync(response.BodyWriter, checksum: null, cancellation);
        }
    }
}
