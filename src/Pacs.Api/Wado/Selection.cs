using Pacs.Api.Errors;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>What the address of a request names.</summary>
internal static class Selection
{
    /// <exception cref="ApiException">400: one of them is no UID.</exception>
    public static InstanceSelector Of(string study, string? series = null, string? instance = null) => new()
    {
        StudyInstanceUids = [Checked("Study Instance UID", study)],
        SeriesInstanceUids = series is null ? [] : [Checked("Series Instance UID", series)],
        SopInstanceUids = instance is null ? [] : [Checked("SOP Instance UID", instance)],
    };

    /// <summary>The instances, by series and number.</summary>
    /// <exception cref="ApiException">404 or 410: none.</exception>
    public static async Task<IReadOnlyList<StoredInstance>> FindAsync(this RetrievalService retrieval, InstanceSelector selector, CancellationToken cancellation)
    {
        var instances = new List<StoredInstance>();
        await foreach (var instance in retrieval.SelectAsync(selector, cancellation)) instances.Add(instance);
        return instances.Count > 0 ? instances : throw await retrieval.NothingAsync(selector, cancellation);
    }

    /// <summary>Why there is nothing: never was (404), or deleted (410).</summary>
    public static async Task<ApiException> NothingAsync(this RetrievalService retrieval, InstanceSelector selector, CancellationToken cancellation) =>
        await retrieval.WasDeletedAsync(selector, cancellation)
            ? new ApiException(StatusCodes.Status410Gone, "What this address names was deleted.")
            : ApiException.NotFound("Nothing here has these UIDs together. Search for what there is at /dicomweb/studies.");

    private static string Checked(string name, string uid) =>
        Uid.IsAcceptable(uid) ? uid : throw ApiException.BadRequest($"The {name} in the address is no UID: 1 to {Uid.MaxLength} digits and dots.");
}
