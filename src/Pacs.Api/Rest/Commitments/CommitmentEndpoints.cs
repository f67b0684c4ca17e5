using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Commitments;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Commitments;

/// <summary>/commitments: who asked this archive to take responsibility for which objects, and what came of it.</summary>
internal static class CommitmentEndpoints
{
    private const string Example = """{"id":7,"requester":"CT1","calledAeTitle":"PACS","transactionUid":"1.2.3","jobId":17,"objectsTotal":120,"objectsCommitted":119,"objectsFailed":1,"requestedAt":"2026-11-21T08:00:00Z","verifiedAt":"2026-11-21T08:00:01Z","reportedAt":"2026-11-21T08:00:01Z"}""";

    public static void MapCommitments(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/commitments").WithTags("Storage commitment").RequireScope(ApiKeyScope.Read);
        group.MapGet("", (CommitmentService commitments, string? requester, string? transactionUid, long? before, int? limit, CancellationToken cancellation) =>
                commitments.ListAsync(requester, transactionUid, before, Page.Limit(limit), cancellation))
            .WithSummary("List storage commitments")
            .WithDescription("Newest first. Without `reportedAt` the requester has not taken the report: the job tells why. `before` with the last identifier of a page gets the next one.")
            .Answers(StatusCodes.Status200OK, "The commitments.", $"[{Example}]", default(IReadOnlyList<Commitment>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.");
        group.MapGet("/{id:long}", FindAsync)
            .WithSummary("Get a storage commitment")
            .WithDescription("Who asked, how many of the objects are committed, and whether that was reported.")
            .Answers(StatusCodes.Status200OK, "The commitment.", Example, default(Commitment))
            .Fails(StatusCodes.Status404NotFound, "There is no such commitment.");
        group.MapGet("/{id:long}/objects", ListObjectsAsync)
            .WithSummary("List the objects of a storage commitment")
            .WithDescription("Each with whether it is committed, or why not. `after` with the last number of a page gets the next one.")
            .Answers(StatusCodes.Status200OK, "The objects in order.", """[{"number":1,"sopClassUid":"1.2.840.10008.5.1.4.1.1.2","sopInstanceUid":"1.2.3.4","isCommitted":false,"failure":"NoSuchObjectInstance"}]""", default(IReadOnlyList<CommitmentObject>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.")
            .Fails(StatusCodes.Status404NotFound, "There is no such commitment.");
    }

    private static async Task<Commitment> FindAsync(CommitmentService commitments, long id, CancellationToken cancellation) =>
        await commitments.FindAsync(id, cancellation) ?? throw ApiException.NotFound($"There is no storage commitment {id}. GET /api/v1/commitments lists those there are.");

    private static async Task<IReadOnlyList<CommitmentObject>> ListObjectsAsync(CommitmentService commitments, long id, int? after, int? limit, CancellationToken cancellation)
    {
        await FindAsync(commitments, id, cancellation);
        return await commitments.ListObjectsAsync(id, after ?? 0, Page.Limit(limit), cancellation);
    }
}
