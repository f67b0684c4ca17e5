using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Gateway;
using Pacs.Storage.Hosting;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Gateway;

/// <summary>/gateway: archives behind this one, what is on its way to them, and what cannot be stored there.</summary>
internal static class GatewayEndpoints
{
    private const string Status = """{"archives":[{"peer":"CLOUD","stores":true,"since":"2026-11-21T08:00:00Z","queuedObjects":120,"queuedBytes":62914560,"oldestQueuedAt":"2026-11-21T09:12:00Z","errors":1,"bytesPerSecond":1250000,"objectsPerSecond":2.38,"lastSuccessAt":"2026-11-21T09:14:59Z","lastFailure":"","removedObjects":14000,"removedBytes":7340032000}],"cacheFiles":320,"cacheBytes":167772160,"cacheLimitBytes":10737418240}""";
    private const string Object = """{"id":4711,"peer":"CLOUD","studyInstanceUid":"1.2.3","seriesInstanceUid":"1.2.3.4","sopInstanceUid":"1.2.3.4.5","state":"Error","bytes":524288,"attempts":1,"message":"0122: SOP class not supported","receivedAt":"2026-11-21T09:12:00Z","updatedAt":"2026-11-21T09:12:07Z","jobId":17}""";

    public static void MapGateway(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/gateway").WithTags("Gateway");
        group.MapGet("", StatusAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("How the archives behind this one fare")
            .WithDescription("Peers with `gateway`: what arrives is uploaded to them, and what is there can be had here. Queued is what is not verified there yet; errors stay until somebody tries again. `oldestQueuedAt` and `lastSuccessAt` are what to watch.")
            .Answers(StatusCodes.Status200OK, "Each archive, and the cache of files fetched from them.", Status, default(GatewayAnswer));
        group.MapGet("/objects", (GatewayStore store, string? peer, string? studyInstanceUid, string? sopInstanceUid, long? before, int? limit, CancellationToken cancellation) =>
                store.ListAsync(Filter(peer, studyInstanceUid, sopInstanceUid, before, limit), cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List objects with how far each is")
            .WithDescription("Newest first. `Pending`, `Uploaded` (the archive said that it stored it), `Verified` (it is there), `Removed` (it is there, and its file is here no more), `Error`. `before` with the last identifier of a page gets the next one.")
            .Answers(StatusCodes.Status200OK, "The objects.", $"[{Object}]", default(IReadOnlyList<GatewayObject>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.");
        group.MapGet("/errors", (GatewayStore store, string? peer, string? studyInstanceUid, string? sopInstanceUid, long? before, int? limit, CancellationToken cancellation) =>
                store.ListAsync(Filter(peer, studyInstanceUid, sopInstanceUid, before, limit) with { OnlyErrors = true }, cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List what cannot be stored at an archive")
            .WithDescription("Newest first, each with the reason. It stays here until it is tried again with success. `before` with the last identifier of a page gets the next one.")
            .Answers(StatusCodes.Status200OK, "The objects.", $"[{Object}]", default(IReadOnlyList<GatewayObject>))
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.");
        group.MapPost("/errors/retry", RetryAsync)
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Try errors again")
            .WithDescription("One object, those of a study, those of an archive, or `{\"all\":true}`.\n\nExample: `{\"studyInstanceUid\":\"1.2.3\"}`")
            .Takes("Which.", "application/json", """{"studyInstanceUid":"1.2.3"}""")
            .Answers(StatusCodes.Status200OK, "They are uploaded now.", """{"objects":3}""", default(RetryAnswer))
            .Fails(StatusCodes.Status400BadRequest, "Nothing is named.");
        group.MapPost("/uploads", UploadAsync)
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Upload a study that was here before")
            .WithDescription("What arrives is uploaded by itself; this is for what came before the archive was named, or while it did not store.\n\nExample: `{\"peer\":\"CLOUD\",\"studyInstanceUid\":\"1.2.3\"}`")
            .Takes("The study, and where to.", "application/json", """{"peer":"CLOUD","studyInstanceUid":"1.2.3"}""")
            .Answers(StatusCodes.Status200OK, "Its objects that were not noted yet are uploaded now.", """{"objects":120}""", default(RetryAnswer))
            .Fails(StatusCodes.Status400BadRequest, "The body is not valid.")
            .Fails(StatusCodes.Status404NotFound, "The peer is no archive behind this one.");
    }

    private static async Task<GatewayAnswer> StatusAsync(GatewayStore store, BlobCache cache, PacsOptions options, CancellationToken cancellation)
    {
        var (files, bytes) = cache.Measure();
        return new GatewayAnswer(await store.ReadStatusAsync(cancellation), files, bytes, options.Gateway.CacheBytes);
    }

    private static async Task<RetryAnswer> RetryAsync(GatewayStore store, RetryRequest request, CancellationToken cancellation)
    {
        var filter = new GatewayFilter { Peer = request.Peer, StudyInstanceUid = request.StudyInstanceUid, SopInstanceUid = request.SopInstanceUid };
        if (!request.All && filter is { Peer: null, StudyInstanceUid: null, SopInstanceUid: null })
            throw ApiException.BadRequest("Name what is tried again: sopInstanceUid, studyInstanceUid or peer; or say \"all\": true.");
        return new RetryAnswer(await store.RetryAsync(filter, cancellation));
    }

    private static async Task<RetryAnswer> UploadAsync(GatewayStore store, UploadRequest request, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(request.Peer) || string.IsNullOrEmpty(request.StudyInstanceUid)) throw ApiException.BadRequest("Name both: peer and studyInstanceUid.");
        return new RetryAnswer(await store.NoteAsync(request.Peer, request.StudyInstanceUid, cancellation)
            ?? throw ApiException.NotFound($"{request.Peer} is no archive behind this one: give it web and gateway with PUT /api/v1/peers/{request.Peer}."));
    }

    private static GatewayFilter Filter(string? peer, string? study, string? instance, long? before, int? limit) => new()
    {
        Peer = peer,
        StudyInstanceUid = study,
        SopInstanceUid = instance,
        Before = before,
        Limit = Page.Limit(limit),
    };
}
