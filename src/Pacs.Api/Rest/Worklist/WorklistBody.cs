using Microsoft.AspNetCore.Http.Features;
using Pacs.Api.Errors;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Multipart;
using Pacs.Storage.Worklist;

namespace Pacs.Api.Rest.Worklist;

/// <summary>The items that a request brings.</summary>
/// <param name="Datasets">As they were sent.</param>
/// <param name="IsArray">It was an array, and is answered with one.</param>
internal sealed record WorklistBody(IReadOnlyList<DicomDataset> Datasets, bool IsArray)
{
    /// <exception cref="ApiException">413, 415.</exception>
    /// <exception cref="WorklistException">Not what its Content-Type says.</exception>
    public static async Task<WorklistBody> ReadAsync(HttpRequest request)
    {
        var type = MediaType.Parse(request.ContentType)?.Name;
        if (type is not (MediaTypes.DicomJson or MediaTypes.Json or MediaTypes.Dicom))
            throw ApiException.UnsupportedMediaType("Send worklist items as application/dicom+json, or a .wl file as application/dicom.");
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = WorklistFile.MaxLength;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        if (type == MediaTypes.Dicom) return new WorklistBody([WorklistFile.ReadDicom(bytes)], IsArray: false);
        var datasets = WorklistFile.ReadJson(bytes.Span, out var isArray);
        return new WorklistBody(datasets, isArray);
    }

    /// <summary>The one item of a request that is about one.</summary>
    public DicomDataset Single() => Datasets is [var only] ? only : throw ApiException.BadRequest("Send one data set.");
}
