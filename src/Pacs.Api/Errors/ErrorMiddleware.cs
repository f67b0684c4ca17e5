using System.Net.Sockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;
using Pacs.Storage.Access;
using Pacs.Storage.Gateway;
using Pacs.Storage.Multipart;
using Pacs.Storage.Queries;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Worklist;

namespace Pacs.Api.Errors;

/// <summary>The one place where what goes wrong becomes an HTTP status and problem details (RFC 9457).</summary>
internal sealed class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> log)
{
    /// <summary>Seconds after which a client may try again when the database or the disk could not serve it.</summary>
    private const string RetryAfter = "5";

    /// <summary>For people who read it as it comes: quotation marks and signs as they are. It is no HTML, and its Content-Type says so.</summary>
    private static readonly JsonSerializerOptions AsText = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
                await WriteAsync(context, context.Response.StatusCode, DefaultDetail(context.Response.StatusCode));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (Exception error)
        {
            var (status, detail) = Map(error);
            if (status >= 500) log.RequestFailed(error, context.Request.Method, RouteOf(context), status);
            if (context.Response.HasStarted)
            {
                // The status is out: breaking the connection is the only way left to say that the body is not whole.
                context.Abort();
                return;
            }
            await WriteAsync(context, status, detail);
        }
    }

    private static readonly (int, string) Unavailable = (StatusCodes.Status503ServiceUnavailable,
        "The database does not answer. Try again shortly; if it stays so, check the database that Pacs:Database names.");

    internal static (int Status, string Detail) Map(Exception error) => error switch
    {
        ApiException e => (e.Status, e.Message),
        MultipartException e => (StatusCodes.Status400BadRequest, e.Message),
        BadHttpRequestException e => (e.StatusCode, DetailOf(e)),
        WorklistException e => (e.IsConflict ? StatusCodes.Status409Conflict : StatusCodes.Status400BadRequest, e.Message),
        QueryException { Error: QueryError.InvalidValue } e => (StatusCodes.Status400BadRequest, e.Message),
        QueryException { Error: QueryError.TooBroad } e => (StatusCodes.Status413PayloadTooLarge, e.Message),
        UnreadableSettingsException e => (StatusCodes.Status500InternalServerError, e.Message),
        QueryException e => (StatusCodes.Status503ServiceUnavailable, e.Message),
        BlobMissingException { InnerException: ArchiveFetchException } => (StatusCodes.Status503ServiceUnavailable,
            "The object's file is at an archive behind this one, and is not to be had from there now. Try again later; the server's log tells why."),
        BlobMissingException => (StatusCodes.Status500InternalServerError,
            "The object is in the index, but its file cannot be read. Restore the file from backup; the server's log names it."),
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } =>
            (StatusCodes.Status400BadRequest, "A text has a character that cannot be kept: NUL."),
        NpgsqlException e when IsOutage(e) => Unavailable,
        SocketException or TimeoutException => Unavailable,
        // Kestrel's word for a chunk of more bytes than can be counted.
        IOException { InnerException: OverflowException } => (StatusCodes.Status400BadRequest, "The body's chunks have no length that can be."),
        IOException => (StatusCodes.Status503ServiceUnavailable, "The storage does not answer. Check the disk of the data folder, then try again."),
        _ when error.InnerException is NpgsqlException inner => Map(inner),
        _ => (StatusCodes.Status500InternalServerError, "Something went wrong here. The server's log has the details under this trace id."),
    };

    /// <summary>In the words of this API where the framework's are those of its programmers.</summary>
    private static string DetailOf(BadHttpRequestException error)
    {
        if (error.InnerException is JsonException json)
            return $"The body is not the JSON that this address takes{(json.Path is { Length: > 1 } path ? $": look at {path[2..]}" : "")}. /swagger has an example.";
        if (error.Message.StartsWith("Implicit body", StringComparison.Ordinal)) return "This request needs a body of JSON. /swagger has an example.";
        return error.Message.StartsWith("Failed to bind parameter", StringComparison.Ordinal) && error.Message.Split('"') is [_, var parameter, ..]
            ? $"The value of the parameter {parameter.Split(' ')[^1]} is not valid. /swagger tells what it takes."
            : error.Message;
    }

    internal static async Task WriteAsync(HttpContext context, int status, string detail)
    {
        var headers = context.Response.Headers;
        var (challenge, allow, range, encodings) = (headers.WWWAuthenticate, headers.Allow, headers.ContentRange, headers.AcceptEncoding);
        context.Response.Clear();
        (headers.WWWAuthenticate, headers.Allow, headers.ContentRange, headers.AcceptEncoding) = (challenge, allow, range, encodings);
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable) headers.RetryAfter = RetryAfter;
        var problem = new ProblemDetails
        {
            Status = status,
            Title = ReasonPhrases.GetReasonPhrase(status),
            Detail = detail,
            Instance = context.Request.Path,
        };
        problem.Extensions["traceId"] = System.Diagnostics.Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, AsText);
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>The database is away, full or closing (classes of PostgreSQL's Appendix A), rather than asked something wrong.</summary>
    private static bool IsOutage(NpgsqlException error) =>
        error is not PostgresException { IsTransient: false } postgres || postgres.SqlState[..2] is "08" or "28" or "3D" or "53" or "57" or "58";

    private static string RouteOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";

    private static string DefaultDetail(int status) => status switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this address. /swagger lists what there is.",
        StatusCodes.Status405MethodNotAllowed => "This address does not take this method; the Allow header names those it does.",
        StatusCodes.Status415UnsupportedMediaType => "The Content-Type of the request is not one that this address takes. Most take application/json (curl: -H 'Content-Type: application/json'); /swagger tells which.",
        _ => ReasonPhrases.GetReasonPhrase(status) + ".",
    };
}
