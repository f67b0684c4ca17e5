using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Jobs;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Jobs;

/// <summary>/jobs: outbound work.</summary>
internal static class JobEndpoints
{
    private const string Request = """{"kind":"forward","studyInstanceUid":"1.2.3","peer":"WORKSTATION","alternates":["WORKSTATION2"],"priority":"High"}""";
    private const string Fetch = """{"kind":"fetch","peer":"PACS2","parameters":{"objects":[{"studyInstanceUid":"1.2.3"},{"studyInstanceUid":"1.2.4","seriesInstanceUid":"1.2.4.1"}]}}""";
    private const string Prefetch = """{"kind":"prefetch","peer":"PACS2","studyInstanceUid":"1.2.3","parameters":{"studies":2,"sameModality":true,"maxAgeDays":1825}}""";
    private const string Example = """{"id":17,"kind":"forward","state":"Running","priority":"Normal","peer":"WORKSTATION","alternates":[],"studyInstanceUid":"1.2.3","cause":"rest","message":"","objectsTotal":120,"objectsDone":48,"objectsWarned":0,"objectsFailed":0,"bytesTotal":63176160,"bytesDone":25270464,"objectsPerSecond":61.2,"bytesPerSecond":32218620,"remainingSeconds":1.2,"attempts":0,"createdAt":"2026-11-21T08:00:00Z","startedAt":"2026-11-21T08:00:01Z"}""";

    /// <summary>Of jobs that somebody asked for.</summary>
    private const string Cause = "rest";

    public static void MapJobs(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/jobs").WithTags("Jobs");
        group.MapPost("", CreateAsync)
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Start a job")
            .WithDescription($"Kind `forward` sends a study, series or instance to a peer, by C-STORE or, to a DICOMweb server, by STOW-RS: each object until it is there, with growing pauses, also across restarts. `alternates` are gone to in turn when the peer is away, with what is not done yet; `priority` is Low, Normal or High. With the parameter `commit` the peer is then asked to commit to what it got (storage commitment), with `forwardMissing` sent once more what it says it does not have. Kind `commit` asks for that alone; kinds `instance-availability` and `content-notification` tell a peer of a study.\n\n" +
                "Kind `fetch` brings a study, series or instances of another archive here, by C-MOVE, C-GET or WADO-RS as the peer is set: `parameters.objects` names further ones, `parameters.force` fetches also what is here already. " +
                "Progress is what has really arrived. Its objects are found out when it runs.\n\n" +
                "Kind `prefetch` has the last studies of a patient fetched: of the study that `studyInstanceUid` names here, or of `parameters.patientId` (with `issuerOfPatientId`); " +
                "`studies` (default 3), `sameModality`, `sameBodyPart`, `modalities`, `bodyParts` and `maxAgeDays` choose. Each becomes a job of kind `fetch`.\n\n" +
                $"Examples: `{Request}`, `{Fetch}`, `{Prefetch}`")
            .Takes("The work.", "application/json", Request)
            .Answers(StatusCodes.Status201Created, "It is written down and will be done; Location tells where to watch it.", Example, default(Job))
            .Fails(StatusCodes.Status400BadRequest, "The kind is not known, or no UID or peer is named.")
            .Fails(StatusCodes.Status404NotFound, "Nothing in this archive has these UIDs.")
            .Fails(StatusCodes.Status422UnprocessableEntity, "The peer is not known.");
        group.MapGet("", ListAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List jobs")
            .WithDescription("Newest first. `before` with the last identifier of a page gets the next one. `state`, `kind`, `peer`, `study`, `cause` (a part of it), `createdFrom` and `createdBefore` (as 2026-11-21T08:00:00Z) choose. A job waits with the queue of its peer, too, and says until when and why.")
            .Answers(StatusCodes.Status200OK, "The jobs.", $"[{Example}]", default(IReadOnlyList<Job>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.");
        group.MapGet("/{id:long}", async (JobService jobs, long id, CancellationToken cancellation) => await jobs.FindAsync(id, cancellation) ?? throw Unknown(id))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get a job")
            .WithDescription("Its state and how many of its objects are done.")
            .Answers(StatusCodes.Status200OK, "The job.", Example, default(Job))
            .Fails(StatusCodes.Status404NotFound, "There is no such job.");
        group.MapGet("/{id:long}/objects", ListObjectsAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the objects of a job")
            .WithDescription("Each with its state and the last answer of the peer; `peer` tells who took it where the job has alternates. `after` with the last number of a page gets the next one; `state` chooses.")
            .Answers(StatusCodes.Status200OK, "The objects in order.", """[{"number":1,"sopInstanceUid":"1.2.3.4","state":"Done","status":0,"message":"","attempts":1,"bytes":526468,"startedAt":"2026-11-21T08:00:02Z","finishedAt":"2026-11-21T08:00:02Z","updatedAt":"2026-11-21T08:00:02Z"}]""", default(IReadOnlyList<JobObject>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.")
            .Fails(StatusCodes.Status404NotFound, "There is no such job.");
        group.MapGet("/{id:long}/runs", ListRunsAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the attempts at a job")
            .WithDescription("The last 20, newest first: when each began and ended, to which peer, on which worker, what the job became by it and why.")
            .Answers(StatusCodes.Status200OK, "The attempts.", """[{"number":1,"peer":"WORKSTATION","worker":"pacs1-4711-5f0c2d1e","startedAt":"2026-11-21T08:00:01Z","finishedAt":"2026-11-21T08:00:04Z","state":"Waiting","message":"The peer did not answer within 60 s.","objects":48,"bytes":25270464}]""", default(IReadOnlyList<JobRunRecord>))
            .Fails(StatusCodes.Status404NotFound, "There is no such job.");
        group.MapPost("/{id:long}/cancel", async (JobService jobs, long id, CancellationToken cancellation) => await ChangedAsync(jobs, id, await jobs.CancelAsync(id, cancellation), "It has ended already.", cancellation))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Cancel a job")
            .WithDescription("What is done stays done. A running job finishes the object in hand.")
            .DescribeChange();
        group.MapPost("/{id:long}/pause", async (JobService jobs, long id, CancellationToken cancellation) => await ChangedAsync(jobs, id, await jobs.PauseAsync(id, cancellation), "Only a job that is queued, runs or waits can be paused.", cancellation))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Pause a job")
            .WithDescription("It stays where it is until it is resumed. A running job finishes the object in hand.")
            .DescribeChange();
        group.MapPost("/{id:long}/resume", async (JobService jobs, long id, CancellationToken cancellation) => await ChangedAsync(jobs, id, await jobs.ResumeAsync(id, cancellation), "It is not paused.", cancellation))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Resume a paused job")
            .WithDescription("Queues it again, for those of its objects that are not done.")
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
            var job = await jobs.CreateAsync(request with { Cause = Cause }, cancellation);
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

    private static Task<IReadOnlyList<Job>> ListAsync(
        JobService jobs, JobState? state, string? kind, string? peer, string? study, string? cause, DateTimeOffset? createdFrom, DateTimeOffset? createdBefore, long? before, int? limit,
        CancellationToken cancellation) =>
        jobs.ListAsync(new JobFilter
        {
            State = state,
            Kind = kind,
            Peer = peer,
            StudyInstanceUid = study,
            Cause = cause,
            CreatedFrom = createdFrom,
            CreatedBefore = createdBefore,
            Before = before,
            Limit = Page.Limit(limit),
        }, cancellation);

    private static async Task<IReadOnlyList<JobRunRecord>> ListRunsAsync(JobService jobs, long id, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(id, cancellation) is null) throw Unknown(id);
        return await jobs.ListRunsAsync(id, cancellation);
    }

    private static async Task<IReadOnlyList<JobObject>> ListObjectsAsync(JobService jobs, long id, JobState? state, int? after, int? limit, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(id, cancellation) is null) throw Unknown(id);
        return await jobs.ListObjectsAsync(id, state, after ?? 0, Page.Limit(limit), cancellation);
    }

    private static async Task<Job> ChangedAsync(JobService jobs, long id, JobChange change, string notPossible, CancellationToken cancellation) => change switch
    {
        JobChange.NotFound => throw Unknown(id),
        JobChange.NotPossible => throw ApiException.Conflict(notPossible),
        _ => await jobs.FindAsync(id, cancellation) ?? throw Unknown(id),
    };

    private static ApiException Unknown(long id) => ApiException.NotFound($"There is no job {id}. GET /api/v1/jobs lists those there are.");

    private static void DescribeChange(this RouteHandlerBuilder endpoint) => endpoint
        .Answers(StatusCodes.Status200OK, "The job as it is now.", Example, default(Job))
        .Fails(StatusCodes.Status404NotFound, "There is no such job.")
        .Fails(StatusCodes.Status409Conflict, "The state of the job does not allow it.");
}
