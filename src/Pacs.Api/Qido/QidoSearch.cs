using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Api.Qido;

/// <summary>Answers a search: matches as a JSON array or as parts of XML, streamed, so that memory does not depend on how many there are.</summary>
internal sealed class QidoSearch(QueryEngine engine, PublicUrls urls)
{
    /// <summary>Bytes held back before the first are sent: the headers before them have to tell whether there are more matches than the page takes.</summary>
    private const int HoldBack = 256 * 1024;

    /// <summary>Bytes collected before they are sent on.</summary>
    private const int FlushAt = 64 * 1024;

    public async Task RunAsync(HttpContext context, QueryLevel level, string? study, string? series)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        var form = DatasetForm.OfMany(request);
        var query = QidoQuery.Parse(level, request.Query, study, series);
        var dicomWeb = urls.DicomWeb(request);

        var writer = new DatasetAnswerWriter(form);
        response.ContentType = writer.ContentType;
        await foreach (var match in engine.RunAsync(query.Spec, cancellation))
        {
            if (writer.Count == query.PageSize)
            {
                if (!response.HasStarted) WarnOfMore(response, dicomWeb);
                break;
            }
            writer.Write(Complete(match, level, dicomWeb));
            if (writer.Pending.Length < (response.HasStarted ? FlushAt : HoldBack)) continue;
            if (!response.HasStarted && query.PageSize is { } size && await HasMoreAsync(query.Spec, size, cancellation)) WarnOfMore(response, dicomWeb);
            await response.BodyWriter.WriteAsync(writer.Pending, cancellation);
            writer.Clear();
        }
        writer.End();
        if (writer.Count == 0 && form.IsMultipart)
        {
            // There is no multipart without a part.
            response.ContentType = null;
            response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        if (!response.HasStarted) response.ContentLength = writer.Pending.Length;
        await response.BodyWriter.WriteAsync(writer.Pending, cancellation);
    }

    /// <summary>Whether there is a match behind a page that is too large to be collected first.</summary>
    private async Task<bool> HasMoreAsync(QuerySpec spec, int pageSize, CancellationToken cancellation)
    {
        try
        {
            await foreach (var _ in engine.RunAsync(spec with { Return = [], ReturnAll = false, Offset = spec.Offset + pageSize, Limit = 1 }, cancellation)) return true;
            return false;
        }
        catch (QueryException e) when (e.Error == QueryError.TooBroad)
        {
            // What cannot be told in time is looked for by whoever asks for the next page.
            return true;
        }
    }

    private static DicomDataset Complete(DicomDataset match, QueryLevel level, string dicomWeb)
    {
        foreach (var tag in QidoAttributes.OnlyIfKnown)
            if (match[tag] is ValueElement { Value.IsEmpty: true } or SequenceElement { Items.Count: 0 }) match.Remove(tag);

        var study = match.GetString(Tags.StudyInstanceUID) ?? "";
        var series = match.GetString(Tags.SeriesInstanceUID) ?? "";
        var url = level switch
        {
            QueryLevel.Study => PublicUrls.Study(dicomWeb, study),
            QueryLevel.Series => PublicUrls.Series(dicomWeb, study, series),
            _ => PublicUrls.Instance(dicomWeb, study, series, match.GetString(Tags.SOPInstanceUID) ?? ""),
        };
        return match.Set(Tags.RetrieveURL, Vr.UR, url);
    }

    private static void WarnOfMore(HttpResponse response, string service) =>
        response.Headers.Append("Warning", $"299 {service}: There are additional results that can be requested");
}
