using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Api.Wado;
using Pacs.Storage.Model;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Security;
using Pacs.Storage.Studies;

namespace Pacs.Api.Rest.Studies;

/// <summary>/studies/{study}/completion and /complete: whether a study is complete, and the word that it is.</summary>
internal static class CompletionEndpoints
{
    private const string Example = """{"studyInstanceUid":"1.2.3","isComplete":true,"completedAt":"2026-11-21T08:00:00Z","completedReason":"QuietTime","instances":120,"committedInstances":120}""";

    public static void MapCompletion(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/studies/{study}").WithTags("Archive");
        group.MapGet("/completion", FindAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Tell whether a study is complete")
            .WithDescription("When it was last found complete and by what: no further object for a while, its procedure step, or a request. Objects that come later open it again. `committedInstances` were promised to be kept (storage commitment).")
            .Describe("How far it is.");
        group.MapPost("/complete", CompleteAsync)
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Say that a study is complete")
            .WithDescription("At once, whatever time has passed; what follows from a complete study – notifications of peers – happens. Nothing happens when it is complete already.")
            .Describe("It is complete.");
        api.MapGet("/content-notifications", (ContentNotificationStore notifications, long? before, int? limit, CancellationToken cancellation) =>
                notifications.ListAsync(before, Page.Limit(limit), cancellation))
            .WithTags("Archive")
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List study content notifications")
            .WithDescription("What other archives said that studies consist of (Basic Study Content Notification), held against what was here then. Newest first; `before` with the last identifier of a page gets the next one.")
            .Answers(StatusCodes.Status200OK, "The notifications.", """[{"id":1,"sender":"ARCHIVE2","studyInstanceUid":"1.2.3","objectsListed":120,"objectsMissing":2,"objectsDifferent":0,"receivedAt":"2026-11-21T08:00:00Z"}]""", default(IReadOnlyList<ContentNotification>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.");
    }

    private static async Task<StudyState> FindAsync(StudyCompletion studies, RetrievalService retrieval, string study, CancellationToken cancellation)
    {
        var selector = Selection.Of(study);
        return await studies.FindAsync(study, cancellation) ?? throw await retrieval.NothingAsync(selector, cancellation);
    }

    private static async Task<StudyState> CompleteAsync(StudyCompletion studies, RetrievalService retrieval, string study, CancellationToken cancellation)
    {
        var selector = Selection.Of(study);
        if (await studies.CloseAsync(study, CompletionReason.Request, cancellation) == StudyClosing.NotFound) throw await retrieval.NothingAsync(selector, cancellation);
        return await FindAsync(studies, retrieval, study, cancellation);
    }

    private static void Describe(this RouteHandlerBuilder endpoint, string answer) => endpoint
        .Answers(StatusCodes.Status200OK, answer, Example, default(StudyState))
        .Fails(StatusCodes.Status400BadRequest, "The UID of the path is none.")
        .Fails(StatusCodes.Status404NotFound, "There is no such study.")
        .Fails(StatusCodes.Status410Gone, "It was deleted.");
}
