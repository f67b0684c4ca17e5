using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Jobs;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Jobs;

/// <summary>/jobs: outbound work.</summary>
internal static class JobEndpoints
{
    private const string Request = """{"kind":"forward","studyInstanceUid":"1.2.3","peer":"WORKSTATION"}""";
    private const string Example = """{"id":17,"kind":"forward","state":"Running","peer":"WORKSTATION","studyInstanceUid":"1.2.3","message":"","objectsTotal":120,"objectsDone":48,"objectsFailed":0,"attempts":0,"createdAt":"2026-11-21T08:00:00Z","startedAt":"2026-11-21T08:00:01Z"}""";

    public static void MapJobs(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/jobs").WithTags("Jobs");
        group.MapPost("", CreateAsync)
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Start a job")
            .WithDescription($"Kind `forward` sends a study, series or instance to a peer by C-STORE: each object until it is there, with growing pauses, also across restarts.\n\nExample: `{Request}`")
            .Takes("The work.", "application/json", Request)
            .Answers(StatusCodes.Status201Created, "It is written down and will be done; Location tells where to watch it.", Example, default(Job))
            .Fails(StatusCodes.Status400BadRequest, "The kind is not known, or no UID or peer is named.")
            .Fails(StatusCodes.Status404NotFound, "Nothing in this archive has these UIDs.")
            .Fails(StatusCodes.Status415UnsupportedMediaType, "The body is not application/json.")
            .Fails(StatusCodes.Status422UnprocessableEntity, "The peer is not known.")
            .FailsWithoutDatabase();
        group.MapGet("", ListAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List jobs")
            .WithDescription("Newest first. `before` with the last identifier of a page gets the next one.")
            .Answers(StatusCodes.Status200OK, "The jobs.", $"[{Example}]", default(IReadOnlyList<Job>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.")
            .FailsWithoutDatabase();
        group.MapGet("/{id:long}", async (JobService jobs, long id, CancellationToken cancellation) => await jobs.FindAsync(id, cancellation) ?? throw Unknown(id))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get a job")
            .WithDescription("Its state and how many of its objects are done.")
            .Answers(StatusCodes.Status200OK, "The job.", Example, default(Job))
            .Fails(StatusCodes.Status404NotFound, "There is no such job.")
            .FailsWithoutDatabase();
        group.MapGet("/{id:long}/objects", ListObjectsAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the objects of a job")
            .WithDescription("Each with its state and the last answer of the peer. `after` with the last number of a page gets the next one; `state` chooses.")
            .Answers(StatusCodes.Status200OK, "The objects in order.", """[{"number":1,"sopInstanceUid":"1.2.3.4","state":"Done","status":0,"message":"","attempts":1,"updatedAt":"2026-11-21T08:00:02Z"}]""", default(IReadOnlyList<JobObject>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.")
            .Fails(StatusCodes.Status404NotFound, "There is no such job.")
            .FailsWithoutDatabase();
        group.MapPost("/{id:long}/cancel", async (JobService jobs, long id, CancellationToken cancellation) => await ChangedAsync(jobs, id, await jobs.CancelAsync(id, cancellation), "It has ended already.", cancellation))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Cancel a job")
            .WithDescription("What is done stays done. A running job stops within a few objects.")
            .DescribeChange();
        group.MapPost("/{id:long}/retry", async (JobService jobs, long id, CancellationToken cancellation) => await ChangedAsync(jobs, id, await jobs.RetryAsync(id, cancellation), "Only a failed or cancelled job with objects left can be tried again.", cancellation))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Try a job again")
            .WithDescription("Queues a failed or cancelled job for those of its objects that are not done.")
            .DescribeChange();
    }

    private static async Task<IResult> CreateAsync(JobService jobs, JobRequest request, CancellationToken cancellation)
    {
        try
        {
            var job = await jobs.CreateAsync(request, cancellation);
            return new CreatedAnswer($"/jobs/{job.Id}", job);
        }
        catch (JobRefusedException e)
        {
            throw new ApiException(e.Refusal switch
            {
                JobRefusal.UnknownPeer => StatusCodes.Status422UnprocessableEntity,
                JobRefusal.NothingSelected => StatusCodes.Status404NotFound,
                _ => StatusCodes.Status400BadRequest,
            }, e.Message);
        }
    }

    private static Task<IReadOnlyList<Job>> ListAsync(JobService jobs, JobState? state, string? kind, string? peer, long? before, int? limit, CancellationToken cancellation) =>
        jobs.ListAsync(new JobFilter { State = state, Kind = kind, Peer = peer, Before = before, Limit = Checked(limit) }, cancellation);

    private static async Task<IReadOnlyList<JobObject>> ListObjectsAsync(JobService jobs, long id, JobState? state, int? after, int? limit, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(id, cancellation) is null) throw Unknown(id);
        return await jobs.ListObjectsAsync(id, state, after ?? 0, Checked(limit), cancellation);
    }

    private static async Task<Job> ChangedAsync(JobService jobs, long id, JobChange change, string notPossible, CancellationToken cancellation) => change switch
    {
        JobChange.NotFound => throw Unknown(id),
        JobChange.NotPossible => throw ApiException.Conflict(notPossible),
        _ => await jobs.FindAsync(id, cancellation) ?? throw Unknown(id),
    };

    private static int Checked(int? limit) => limit is null or (>= 1 and <= 1000) ? limit ?? 100 : throw ApiException.BadRequest("limit is a number from 1 to 1000.");

    private static ApiException Unknown(long id) => ApiException.NotFound($"There is no job {id}. GET /api/v1/jobs lists those there are.");

    private static void DescribeChange(this RouteHandlerBuilder endpoint) => endpoint
        .Answers(StatusCodes.Status200OK, "The job as it is now.", Example, default(Job))
        .Fails(StatusCodes.Status404NotFound, "There is no such job.")
        .Fails(StatusCodes.Status409Conflict, "The state of the job does not allow it.")
        .FailsWithoutDatabase();

    private static void FailsWithoutDatabase(this RouteHandlerBuilder endpoint) =>
        endpoint.Fails(StatusCodes.Status503ServiceUnavailable, "The database does not answer.");
}
