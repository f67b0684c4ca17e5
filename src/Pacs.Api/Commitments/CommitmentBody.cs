using System.Text.Json;
using System.Xml;
using Microsoft.AspNetCore.Http.Features;
using Pacs.Api.Errors;
using Pacs.Api.Negotiation;
using Pacs.Api.Stow;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Xml;
using Pacs.Storage.Commitments;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Commitments;

/// <summary>The Storage Commitment Request Module (PS3.18 Annex J): instances as a list, by study and series, or both.</summary>
internal static class CommitmentBody
{
    /// <summary>Bytes of a body: that of <see cref="CommitmentService.MaxReferences"/> objects with the longest UIDs is shorter.</summary>
    private const int MaxLength = 32 * 1024 * 1024;

    private static readonly DatasetLimits Limits = new() { MaxInlineTotal = MaxLength, MaxElements = 1_000_000 };

    /// <exception cref="ApiException">400, 413, 415.</exception>
    public static async Task<IReadOnlyList<CommitmentReference>> ReadAsync(HttpRequest request)
    {
        var type = MediaType.Parse(request.ContentType)?.Name;
        if (type is not (MediaTypes.DicomJson or MediaTypes.Json or MediaTypes.DicomXml))
            throw ApiException.UnsupportedMediaType("Send the request as application/dicom+json or application/dicom+xml.");
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MaxLength;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        body.Position = 0;
        var dataset = Read(body, type == MediaTypes.DicomXml);

        List<CommitmentReference> references = [.. dataset.GetItems(Tags.ReferencedSOPSequence).Select(i => Reference(i, i, "", "")), .. OfStudies(dataset)];
        if (references.Count == 0) throw ApiException.BadRequest("The request names no instance: it takes a Referenced SOP Sequence (0008,1199) or a Referenced Study Sequence (0008,1110).");
        if (references.Count > CommitmentService.MaxReferences)
            throw new ApiException(StatusCodes.Status413PayloadTooLarge, $"A request names at most {CommitmentService.MaxReferences} instances: send several.");
        return references;
    }

    private static DicomDataset Read(MemoryStream body, bool isXml)
    {
        try
        {
            if (isXml) return NativeModel.Read(body, limits: Limits);
            // Some wrap the one data set in an array, as those of other requests are.
            var utf8 = body.GetBuffer().AsSpan(0, (int)body.Length);
            var objects = JsonMetadata.Split(utf8, max: 1, out var fault);
            return fault is null ? DicomJson.Read(utf8[objects[0]], limits: Limits) : throw new JsonException(fault);
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"The body is not a data set as DICOM JSON (PS3.18 Annex F): {e.Message}");
        }
        catch (XmlException e)
        {
            throw ApiException.BadRequest($"The body is not a data set as Native DICOM Model (PS3.19 §A.1): {e.Message}");
        }
    }

    private static IEnumerable<CommitmentReference> OfStudies(DicomDataset dataset) =>
        from study in dataset.GetItems(Tags.ReferencedStudySequence)
        let studyUid = Uid(study, Tags.StudyInstanceUID)
        from series in study.GetItems(Tags.ReferencedSeriesSequence)
        let seriesUid = Uid(series, Tags.SeriesInstanceUID)
        from ofClass in series.GetItems(Tags.ReferencedInstancesBySOPClassSequence)
        from instance in ofClass.GetItems(Tags.ReferencedInstanceSequence)
        select Reference(ofClass, instance, studyUid, seriesUid);

    private static CommitmentReference Reference(DicomDataset sopClass, DicomDataset instance, string study, string series) =>
        new(Uid(sopClass, Tags.ReferencedSOPClassUID), Uid(instance, Tags.ReferencedSOPInstanceUID), study, series);

    private static string Uid(DicomDataset item, Tag tag) =>
        item.GetString(tag) is { } uid && Dicom.Primitives.Uid.IsAcceptable(uid) ? uid : throw ApiException.BadRequest($"An item lacks {tag}, or it is no UID.");
}
