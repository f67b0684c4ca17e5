using Microsoft.EntityFrameworkCore;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Indexing;
using Pacs.Storage.Model;
using Pacs.Storage.Security;
using Pacs.Storage.Statistics;

namespace Pacs.Api.Rest.Archive;

/// <summary>/statistics and /conflicts: what the archive holds, and what a person has to look at.</summary>
internal static class ArchiveEndpoints
{
    /// <summary>Conflicts in one answer.</summary>
    private const int PageSize = 1000;

    public static void MapArchive(this IEndpointRouteBuilder api)
    {
        api.MapGet("/statistics", (StatisticsStore statistics, CancellationToken cancellation) => statistics.ReadAsync(cancellation))
            .WithTags("Archive")
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Count what the archive holds")
            .WithDescription("Patients, studies, series, instances and bytes, also by modality. Kept as the archive changes: costs the same however much it holds.")
            .Answers(StatusCodes.Status200OK, "The counters.", """{"patients":2,"studies":3,"series":7,"instances":412,"bytes":216268800,"modalities":[{"modality":"CT","series":5,"instances":400,"bytes":210000000}]}""", default(ArchiveStatistics));
        api.MapGet("/conflicts", ListConflictsAsync)
            .WithTags("Archive")
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List conflicts")
            .WithDescription("Objects that are kept with a study of another patient, or a series of another study, than they say: no scan is refused for that, but a person has to look. Newest first; `before` with the last identifier of a page gets the next one.")
            .Answers(StatusCodes.Status200OK, $"At most {PageSize} conflicts.", """[{"id":1,"kind":"StudyOfAnotherPatient","studyInstanceUid":"1.2","seriesInstanceUid":"1.2.3","sopInstanceUid":"1.2.3.4","claimedPatientId":"12346","claimedIssuer":"","claimedStudyUid":"","firstAt":"2026-11-21T08:00:00Z"}]""", default(IReadOnlyList<Conflict>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.");
    }

    private static async Task<IReadOnlyList<Conflict>> ListConflictsAsync(IDbContextFactory<PacsDbContext> contexts, long? before, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await context.Conflicts.AsNoTracking()
            .Where(c => before == null || c.Id < before)
            .OrderByDescending(c => c.Id).Take(PageSize)
            .ToListAsync(cancellation);
    }
}
