using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Api.Wado;
using Pacs.Storage.RemoteCommitments;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.RemoteCommitments;

/// <summary>/studies/{study}/remote-commitments: which peers have taken responsibility for a study's objects.</summary>
internal static class RemoteCommitmentEndpoints
{
    public static void MapRemoteCommitments(this IEndpointRouteBuilder api) => api
        .MapGet("/studies/{study}/remote-commitments", ListAsync)
        .WithTags("Storage commitment")
        .RequireScope(ApiKeyScope.Read)
        .WithSummary("List what peers hold of a study")
        .WithDescription("The objects that peers committed themselves to keep when this archive asked them (jobs of kind `commit`), also those that are no longer here. `isCurrent` is false of an object that was replaced since, or deleted. `peer` chooses one; `after` with the last SOP Instance UID of a page gets the next one.")
        .Answers(StatusCodes.Status200OK, "By object and peer.", """[{"peer":"ARCHIVE","sopInstanceUid":"1.2.3.4","committedAt":"2026-11-21T08:00:00Z","transactionUid":"2.25.1","isCurrent":true}]""", default(IReadOnlyList<RemoteCommitment>))
        .Fails(StatusCodes.Status400BadRequest, "The UID or a parameter is not valid.");

    private static Task<IReadOnlyList<RemoteCommitment>> ListAsync(RemoteCommitmentStore commitments, string study, string? peer, string? after, int? limit, CancellationToken cancellation)
    {
        Selection.Of(study);
        return commitments.ListAsync(study, peer, after, Page.Limit(limit), cancellation);
    }
}
