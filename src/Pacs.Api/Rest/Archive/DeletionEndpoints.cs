using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Api.Wado;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Archive;

/// <summary>DELETE of studies, series and instances.</summary>
internal static class DeletionEndpoints
{
    /// <summary>Below /api/v1: 200 with how many there were.</summary>
    public static void MapDeletion(this IEndpointRouteBuilder api) => api.Map(
        "Archive", answer => Results.Ok(answer), endpoint => endpoint.Answers(StatusCodes.Status200OK, "It is gone.", """{"instances":120}""", default(DeletionAnswer)));

    /// <summary>Below /dicomweb, where no standard says how: 204, as other archives answer.</summary>
    public static void MapDicomWebDeletion(this IEndpointRouteBuilder dicomWeb) => dicomWeb.Map(
        "DICOMweb: delete", _ => Results.NoContent(), endpoint => endpoint.Answers(StatusCodes.Status204NoContent, "It is gone."));

    private static void Map(this IEndpointRouteBuilder root, string tag, Func<DeletionAnswer, IResult> answer, Action<RouteHandlerBuilder> describe)
    {
        var group = root.MapGroup("/studies/{study}").WithTags(tag).RequireScope(ApiKeyScope.Admin);
        group.MapDelete("", async (Deletion deletion, RetrievalService retrieval, string study, bool? evenIfCommitted, CancellationToken cancellation) => answer(await DeleteAsync(deletion, retrieval, study, null, null, evenIfCommitted, cancellation)))
            .Describe("Delete a study", describe);
        group.MapDelete("/series/{series}", async (Deletion deletion, RetrievalService retrieval, string study, string series, bool? evenIfCommitted, CancellationToken cancellation) => answer(await DeleteAsync(deletion, retrieval, study, series, null, evenIfCommitted, cancellation)))
            .Describe("Delete a series", describe);
        group.MapDelete("/series/{series}/instances/{instance}", async (Deletion deletion, RetrievalService retrieval, string study, string series, string instance, bool? evenIfCommitted, CancellationToken cancellation) => answer(await DeleteAsync(deletion, retrieval, study, series, instance, evenIfCommitted, cancellation)))
            .Describe("Delete an instance", describe);
    }

    private static async Task<DeletionAnswer> DeleteAsync(Deletion deletion, RetrievalService retrieval, string study, string? series, string? instance, bool? evenIfCommitted, CancellationToken cancellation)
    {
        var selector = Selection.Of(study, series, instance);
        try
        {
            var count = await deletion.DeleteAsync(study, series, instance, cancellation, evenIfCommitted ?? false);
            return count > 0 ? new DeletionAnswer(count) : throw await retrieval.NothingAsync(selector, cancellation);
        }
        catch (CommittedObjectsException e)
        {
            throw ApiException.Conflict($"{e.Message} Nothing is deleted. To delete them none the less, add ?evenIfCommitted=true.");
        }
    }

    private static void Describe(this RouteHandlerBuilder endpoint, string summary, Action<RouteHandlerBuilder> describe)
    {
        describe(endpoint);
        endpoint
            .WithSummary(summary)
            .WithDescription("With every version kept of its objects. In effect at once and as a whole; there is no way back. Series, studies and patients that have nothing left go, too. Objects that were promised to be kept (storage commitment) go only with `evenIfCommitted=true`.")
            .Fails(StatusCodes.Status400BadRequest, "A UID of the path is none.")
            .Fails(StatusCodes.Status404NotFound, "There is nothing of these UIDs.")
            .Fails(StatusCodes.Status409Conflict, "Some of the objects are committed; nothing is deleted.")
            .Fails(StatusCodes.Status410Gone, "It was deleted before.")
            .Fails(StatusCodes.Status503ServiceUnavailable, "The database does not answer; nothing is deleted.");
    }
}
