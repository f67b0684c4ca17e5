using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Changes;
using Pacs.Storage.Model;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Changes;

/// <summary>/changes: what happened to the archive, in order and without gaps.</summary>
internal static class ChangeEndpoints
{
    private const int MaxWaitSeconds = 60;

    /// <summary>Between two looks for a client that waits.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private const string Description = """
        In order and without gaps: send `next` of an answer as `since` of the next request, and nothing is missed, whatever is written meanwhile.
        Without `since` it begins with the oldest change that is kept (`Pacs:Changes:KeepDays`); `since=now` begins with what comes. Treat `next` as opaque.

        Kinds: `Stored` a new object; `Replaced` another object under a SOP Instance UID that was here; `Deleted` an object is gone;
        `StudyCompleted` every object of a study is there as far as can be told, by `reason`; `StudyReopened` a complete study got another object;
        `Routed` a routing rule that tells webhooks took an object, a series or a study: `rule` names it.
        `kind` chooses some, with commas. A page may then be empty and `hasMore` true.

        `wait` keeps the request for so many seconds (up to 60) until there is a change.
        """;

    private const string Example = """{"changes":[{"id":4711,"kind":"Stored","at":"2026-11-21T08:00:00Z","studyInstanceUid":"1.2","seriesInstanceUid":"1.2.3","sopInstanceUid":"1.2.3.4","retrieveUrl":"http://localhost:8080/dicomweb/studies/1.2/series/1.2.3/instances/1.2.3.4"}],"next":"b0jyKtMv3yMAAAAAAAAC1QAAAAAAABJn","hasMore":false}""";

    public static void MapChanges(this IEndpointRouteBuilder api) => api.MapGet("/changes", ReadAsync)
        .WithTags("Changes")
        .RequireScope(ApiKeyScope.Read)
        .WithSummary("Read the change feed")
        .WithDescription(Description)
        .WithMetadata(new QueryParameterMetadata("kind", "Only changes of these kinds, with commas between.", "string", "Stored,Deleted"))
        .Answers(StatusCodes.Status200OK, "The changes, none when there are no more for now.", Example, default(ChangePage))
        .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.")
        .Fails(StatusCodes.Status410Gone, "What comes after the cursor is not known any more: pruned, or the database was restored. The detail tells how to go on.");

    private static async Task<ChangePage> ReadAsync(
        HttpContext context, ChangeFeed feed, PublicUrls urls, TimeProvider time, IHostApplicationLifetime host, string? since, int? limit, int? wait, CancellationToken cancellation)
    {
        if (limit is < 1 or > ChangeFeed.MaxPage) throw ApiException.BadRequest($"limit is a number from 1 to {ChangeFeed.MaxPage}.");
        if (wait is < 0 or > MaxWaitSeconds) throw ApiException.BadRequest($"wait is a number of seconds from 0 to {MaxWaitSeconds}.");
        var kinds = Kinds(context.Request.Query["kind"].ToString());
        var began = time.GetTimestamp();
        try
        {
            while (true)
            {
                var page = await feed.ReadAsync(since, limit ?? 100, kinds, cancellation);
                var isOver = time.GetElapsedTime(began).TotalSeconds >= (wait ?? 0) || host.ApplicationStopping.IsCancellationRequested;
                if (page.Changes.Count > 0 || isOver) return page with { Changes = [.. page.Changes.Select(c => c.WithUrl(urls.DicomWeb(context.Request)))] };
                since = page.Next;
                if (!page.HasMore) await Task.Delay(Look, time, cancellation);
            }
        }
        catch (ChangeCursorException e)
        {
            throw new ApiException(e.IsGone ? StatusCodes.Status410Gone : StatusCodes.Status400BadRequest, e.Message);
        }
    }

    private static IReadOnlyList<ChangeKind> Kinds(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name =>
            Enum.TryParse<ChangeKind>(name, ignoreCase: true, out var kind) && Enum.IsDefined(kind)
                ? kind
                : throw ApiException.BadRequest($"There is no such kind of change. Kinds: {string.Join(", ", Enum.GetNames<ChangeKind>())}.")).Distinct()];
}
