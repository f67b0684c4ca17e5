using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Qido;
using Pacs.Api.Security;
using Pacs.Dicom.Json;
using Pacs.Storage.Queries;
using Pacs.Storage.Remote;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Peers;

/// <summary>/peers/search: one search of several archives.</summary>
internal static class PeerSearchEndpoints
{
    /// <summary>Lines of JSON, each whole: an answer that goes on for half a minute can be read as it comes.</summary>
    private const string MediaType = "application/x-ndjson";

    private const int MaxKeys = 100;

    /// <summary>Bytes collected before they are sent, while more are at hand.</summary>
    private const int FlushAt = 64 * 1024;

    private const string Request = """{"level":"study","keys":{"PatientID":"4711","StudyDate":"20250101-"},"peers":["PACS2","CLOUD"],"includeThisArchive":true,"timeoutSeconds":20,"limit":100}""";

    private const string Match = """{"source":"PACS2","match":{"0020000D":{"vr":"UI","Value":["1.2.3"]},"00100020":{"vr":"LO","Value":["4711"]}}}""";
    private const string End = """{"source":"CLOUD","end":{"outcome":"TimedOut","answers":0,"milliseconds":20003.1,"message":"No end within 20 seconds; there may be more."}}""";

    public static void MapPeerSearch(this IEndpointRouteBuilder api) => api.MapGroup("/peers").WithTags("Peers").MapPost("/search", SearchAsync)
        .RequireScope(ApiKeyScope.Read)
        .WithSummary("Search other archives")
        .WithDescription(
            $"One search of several peers at once, by C-FIND or QIDO-RS as each is known, and of this archive if wanted. Lines of JSON come as the sources answer: " +
            "`source` is the AE title, `match` a data set as DICOM JSON; the last line of each source is its `end` – `Complete`, `LimitReached`, `TimedOut`, `Away`, `Refused` or `Failed` – " +
            "so that nothing is short without being said. What several archives have is told by each. Without `peers` those are asked whose `remote.isSearchable` is true. " +
            "To leave cancels everything. Fetch what is wanted with `POST /jobs` of kind `fetch`.\n\n" +
            $"Example: `{Request}`\n\nThe last line of a source: `{End}`")
        .Takes("What is searched for, and where.", "application/json", Request)
        .Answers(StatusCodes.Status200OK, "Matches and ends, a line each.", MediaType, Match)
        .Fails(StatusCodes.Status400BadRequest, "A key is no attribute, or a limit is not valid; the detail tells which.")
        .Fails(StatusCodes.Status422UnprocessableEntity, "A peer is not known.");

    private static async Task SearchAsync(PeerSearch search, PeerSearchBody body, IOptions<JsonOptions> json, HttpContext context)
    {
        var (response, cancellation) = (context.Response, context.RequestAborted);
        IAsyncEnumerable<SearchEvent> events;
        try
        {
            events = await search.BeginAsync(Read(body), cancellation);
        }
        catch (UnknownPeerException e)
        {
            throw new ApiException(StatusCodes.Status422UnprocessableEntity, e.Message);
        }

        response.ContentType = MediaType;
        // Proxies that collect answers would hold back those that are there.
        response.Headers["X-Accel-Buffering"] = "no";
        await response.StartAsync(cancellation);
        var line = new ArrayBufferWriter<byte>(4096);
        await using var told = events.GetAsyncEnumerator(cancellation);
        for (var next = told.MoveNextAsync(); ; next = told.MoveNextAsync())
        {
            if (line.WrittenCount > 0 && (!next.IsCompleted || line.WrittenCount >= FlushAt))
            {
                await response.BodyWriter.WriteAsync(line.WrittenMemory, cancellation);
                line.ResetWrittenCount();
            }
            if (!await next) break;
            Write(line, told.Current, json.Value.SerializerOptions);
        }
        await response.BodyWriter.WriteAsync(line.WrittenMemory, cancellation);
    }

    private static void Write(ArrayBufferWriter<byte> line, SearchEvent told, JsonSerializerOptions options)
    {
        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("source", told.Source);
            if (told.Match is { } match)
            {
                json.WritePropertyName("match");
                DicomJson.Write(json, match);
            }
            else
            {
                json.WritePropertyName("end");
                JsonSerializer.Serialize(json, told.End, options);
            }
            json.WriteEndObject();
        }
        line.Write("\n"u8);
    }

    private static SearchRequest Read(PeerSearchBody body)
    {
        var level = LevelOf(body.Level);
        if (body.TimeoutSeconds is < 1 or > 300) throw ApiException.BadRequest("timeoutSeconds is a number from 1 to 300.");
        if (body.Limit is < 1 or > 10_000) throw ApiException.BadRequest("limit is a number from 1 to 10000.");
        if (body.Keys.Count > MaxKeys || body.Return?.Count > MaxKeys) throw ApiException.BadRequest($"Name at most {MaxKeys} keys, and as many attributes to return.");
        var keys = body.Keys.Select(k => QidoKey.Read(k.Key, k.Value ?? "")).ToList();
        if (keys.Select(k => k.Path).Distinct().Count() < keys.Count) throw ApiException.BadRequest("An attribute is asked for twice, by keyword and by number: give each key once.");
        if (keys.FirstOrDefault(k => !QueryEngine.CanMatch(level, k.Path) && QueryEngine.CanMatch(QueryLevel.Series, k.Path)) is { } lower)
            throw ApiException.BadRequest($"{QidoKey.Printable(lower.Path.ToString())} is of a lower level than what is searched for.");
        return new SearchRequest(new QuerySpec(level)
        {
            Keys = keys,
            Return = body.Return is { } wanted ? [.. wanted.Select(a => QidoKey.Path(a ?? ""))] : RemoteAttributes.Of(level),
            CombinedDateTime = true,
            FuzzyMatching = body.FuzzyMatching,
        })
        {
            Peers = body.Peers,
            IncludesThisArchive = body.IncludeThisArchive,
            Timeout = TimeSpan.FromSeconds(body.TimeoutSeconds),
            Limit = body.Limit,
        };
    }

    private static QueryLevel LevelOf(string text) => text.ToLowerInvariant() switch
    {
        "patient" => QueryLevel.Patient,
        "study" => QueryLevel.Study,
        "series" => QueryLevel.Series,
        "instance" or "image" => QueryLevel.Instance,
        _ => throw ApiException.BadRequest("level is patient, study, series or instance."),
    };
}
