using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Gateway;
using Pacs.Storage.Hosting;
using Pacs.Storage.Queries;

namespace Pacs.Api.Qido;

/// <summary>Answers a search: matches as a JSON array or as parts of XML, streamed, so that memory does not depend on how many there are.</summary>
internal sealed class QidoSearch(ThroughQueries queries, ArchiveConnector archives, QueryEngine engine, PublicUrls urls, PacsOptions options)
{
    /// <summary>Bytes held back before the first are sent: the headers before them have to tell whether there are more matches than the page takes.</summary>
    private const int HoldBack = 256 * 1024;

    /// <summary>Bytes collected before they are sent on.</summary>
    private const int FlushAt = 64 * 1024;

    public async Task RunAsync(HttpContext context, QueryLevel level, string? study, string? series)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        if (request.Headers[GatewayHeader.Name] == GatewayHeader.Custody && await archives.GivesUpAsync(cancellation))
            throw new ApiException(StatusCodes.Status508LoopDetected, "This archive gives up its own files to one behind it, and is no place for the only file of an object: leave keepMinutes out of one of the gateways.");
        var form = DatasetForm.OfMany(request);
        var query = QidoQuery.Parse(level, request.Query, study, series, options.Queries);
        var dicomWeb = urls.DicomWeb(request);

        var answer = await queries.BeginAsync(query.Spec, cancellation, onlyHere: request.Headers.ContainsKey(GatewayHeader.Name));
        foreach (var remark in query.Remarks.Concat(answer.Missing is { } missing ? [missing] : []).Concat(answer.Remarks?.Select(Plain) ?? [])) Warn(response, dicomWeb, remark);
        var writer = new DatasetAnswerWriter(form);
        response.ContentType = writer.ContentType;
        await foreach (var match in answer.Matches)
        {
            if (writer.Count == query.PageSize)
            {
                if (!response.HasStarted) await WarnOfMoreAsync(response, dicomWeb, query, answer.IsThrough, found: 1, cancellation);
                break;
            }
            writer.Write(Complete(match, level, dicomWeb));
            if (writer.Pending.Length < (response.HasStarted ? FlushAt : HoldBack)) continue;
            if (!response.HasStarted) await WarnOfMoreAsync(response, dicomWeb, query, answer.IsThrough, found: 0, cancellation);
            // The headers are complete: what is too long to have a length is not read on for who wants no body.
            if (HttpMethods.IsHead(request.Method)) return;
            await response.BodyWriter.WriteAsync(writer.Pending, cancellation);
            writer.Clear();
        }
        writer.End();
        // There is no multipart without a part.
        if (writer.Count == 0 && (form.IsMultipart || options.Queries.NoContentWhenEmpty))
        {
            response.ContentType = null;
            response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        if (!response.HasStarted) response.ContentLength = writer.Pending.Length;
        await response.BodyWriter.WriteAsync(writer.Pending, cancellation);
    }

    /// <summary>How many matches there are behind the page, if any (PS3.18 §8.3.4.4.1).</summary>
    private async Task WarnOfMoreAsync(HttpResponse response, string service, QidoQuery query, bool isThrough, int found, CancellationToken cancellation)
    {
        if (query.PageSize is not { } size) return;
        if (isThrough)
        {
            // What an archive behind this one has is counted by reading it.
            Warn(response, service, found > 0 ? "There are additional results that can be requested" : "There may be additional results that can be requested");
            return;
        }
        var rest = await engine.CountAsync(query.Spec with { Offset = query.Spec.Offset + size }, options.Queries.MaxCounted, cancellation);
        var number = Math.Max(rest.Number, found);
        if (rest.IsExact && number == 0) return;
        var told = rest.IsExact ? $"{number} " : rest.Number > 0 ? $"more than {rest.Number} " : "";
        Warn(response, service, $"There are {told}additional results that can be requested");
    }

    private static DicomDataset Complete(DicomDataset match, QueryLevel level, string dicomWeb)
    {
        foreach (var tag in QidoAttributes.OnlyIfKnown)
            if (match[tag] is ValueElement { Value.IsEmpty: true } or SequenceElement { Items.Count: 0 }) match.Remove(tag);

        // Both are required where there is an item (PS3.18 Table 10.6.3-4).
        foreach (var item in match.GetItems(Tags.RequestAttributesSequence))
        {
            if (!item.Contains(Tags.ScheduledProcedureStepID)) item.Set(Tags.ScheduledProcedureStepID, "");
            if (!item.Contains(Tags.RequestedProcedureID)) item.Set(Tags.RequestedProcedureID, "");
        }

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

    /// <summary>What an archive says may be anything.</summary>
    private static string Plain(string remark) => new([.. remark.Take(200).Where(c => c is >= ' ' and <= '~')]);

    private static void Warn(HttpResponse response, string service, string text) => response.Headers.Append("Warning", $"299 {service}: {text}");
}
