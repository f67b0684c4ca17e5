using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Retention;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Routing;

/// <summary>/routing/retention-classes: how long studies are kept that a rule gave a class.</summary>
internal static class RetentionEndpoints
{
    private const string Example = """{"name":"short","description":"Secondary captures","daysSinceReceived":30,"isEnabled":true}""";

    public static void MapRetention(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/routing").WithTags("Routing");
        group.MapGet("/retention-classes", (RetentionStore retention, CancellationToken cancellation) => retention.ListAsync(cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the retention classes")
            .WithDescription("When studies may be deleted that have the class. A study without one stays.")
            .Answers(StatusCodes.Status200OK, "The classes.", $"[{Example}]", default(IReadOnlyList<RetentionClass>));
        group.MapPut("/retention-classes/{name}", PutAsync)
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Add or change a retention class")
            .WithDescription("Holds at once for all studies that have it. `daysSinceReceived` counts from the last change of the study, `daysSinceStudyDate` from its date; where both are given, both have to have passed. `modalities` keeps all other series. What was committed, is on its way to a peer, failed to get there or waits for a routing rule is never deleted.")
            .Takes("The class; its name may be left out.", "application/json", Example)
            .Answers(StatusCodes.Status200OK, "It was there; this is what it is now.", Example, default(RetentionClass))
            .Answers(StatusCodes.Status201Created, "It is there now.", Example, default(RetentionClass))
            .FailsForName();
        group.MapDelete("/retention-classes/{name}", async (RetentionStore retention, string name, CancellationToken cancellation) =>
                await retention.RemoveAsync(name, cancellation) ? Results.NoContent() : throw ApiException.NotFound($"There is no retention class {name}."))
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Remove a retention class")
            .WithDescription("Studies that have it stay, until there is a class of its name again.")
            .Answers(StatusCodes.Status204NoContent, "It is not there any more.")
            .FailsForName();
        group.MapGet("/retention/due", (RetentionStore retention, int? limit, CancellationToken cancellation) =>
                retention.ListDueAsync(Page.Limit(limit), cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List what would be deleted")
            .WithDescription("Studies whose time is over, the longest unchanged first; nothing is deleted by asking. A Worker makes a job of kind `retention` of them every ten minutes; `POST /api/v1/jobs` with that kind makes one at once.")
            .Answers(StatusCodes.Status200OK, "The studies.", """[{"studyInstanceUid":"1.2.3","class":"short","rule":"sc-short","objects":12,"bytes":6291456}]""", default(IReadOnlyList<RetentionStudy>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.");
    }

    private static async Task<IResult> PutAsync(RetentionStore retention, string name, RetentionClass body, CancellationToken cancellation)
    {
        if (body.Name.Length > 0 && body.Name != name) throw ApiException.BadRequest($"\"name\" is {body.Name}, the address says {name}: leave it out, or make them the same.");
        var given = body with { Name = name };
        var faults = RetentionStore.Faults(given);
        if (faults.Count > 0) throw ApiException.BadRequest(string.Join(" ", faults));
        return await retention.PutAsync(given, cancellation) ? new CreatedAnswer($"/routing/retention-classes/{name}", given) : Results.Ok(given);
    }

    private static void FailsForName(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status400BadRequest, "The class is not valid; the detail tells all that is wrong.")
        .Fails(StatusCodes.Status404NotFound, "There is no class of this name.");
}
