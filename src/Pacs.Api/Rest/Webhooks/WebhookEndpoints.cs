using System.Diagnostics;
using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Routing;
using Pacs.Storage.Security;
using Pacs.Storage.Webhooks;

namespace Pacs.Api.Rest.Webhooks;

/// <summary>/webhooks: who is told of changes by HTTP. All for administrators: a URL makes this server send requests.</summary>
internal static class WebhookEndpoints
{
    private const int MaxWebhooks = 100;
    private const string Request = """{"url":"https://ris.example.org/hooks/pacs","kinds":["StudyCompleted"],"enabled":true}""";
    private const string Example = """{"id":1,"url":"https://ris.example.org/hooks/pacs","kinds":["StudyCompleted"],"enabled":true,"jobId":17,"failures":0,"lastStatus":200,"lastAttemptAt":"2026-11-21T08:00:01Z","lastDeliveryAt":"2026-11-21T08:00:01Z","createdAt":"2026-11-21T07:00:00Z"}""";
    private const string Created = """{"id":1,"url":"https://ris.example.org/hooks/pacs","kinds":["StudyCompleted"],"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=","enabled":true,"failures":0,"createdAt":"2026-11-21T07:00:00Z"}""";

    private const string Delivery = """
        Changes are POSTed as JSON, up to 500 at a time, in order, one delivery after the other:
        `{"deliveryId":"msg_…","webhookId":1,"changes":[…]}` with changes as `/api/v1/changes` tells them (`retrieveUrl` where `Pacs:Http:PublicBaseUrl` is set).
        `webhook-id`, `webhook-timestamp` and `webhook-signature` sign it as the Standard Webhooks specification has it: `v1,` and the base64 HMAC-SHA256,
        with the bytes after `whsec_`, of `{webhook-id}.{webhook-timestamp}.{body}`.

        2xx within 10 s: it is delivered. 408, 429, 5xx or no answer: the same delivery again, with growing pauses, as long as it takes; later changes wait.
        Anything else: the delivery has failed, its job can be tried again; after 10 in a row the webhook is disabled. 410 disables it at once.
        A delivery may come twice, with the same `webhook-id`.
        """;

    public static void MapWebhooks(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/webhooks").WithTags("Webhooks").RequireScope(ApiKeyScope.Admin);
        group.MapPost("", AddAsync)
            .WithSummary("Add a webhook")
            .WithDescription($"{Delivery}\n\nIt is told of what changes from now on. `kinds` empty: everything; `Routed` is what routing rules with an action `Notify` and `webhooks` took; what a rule tells webhooks by their `webhookIds` comes whatever their `kinds` are, and to no others. The secret is in this answer and in no other; one may be given.\n\nExample: `{Request}`")
            .Takes("The webhook.", "application/json", Request)
            .Answers(StatusCodes.Status201Created, "It is there, with its secret.", Created, default(Webhook))
            .Fails(StatusCodes.Status409Conflict, $"There are {MaxWebhooks} already.")
            .FailsForBody();
        group.MapGet("", (WebhookStore webhooks, CancellationToken cancellation) => webhooks.ListAsync(cancellation))
            .WithSummary("List the webhooks")
            .WithDescription("Each with how its last delivery fared. Secrets are not told.")
            .Answers(StatusCodes.Status200OK, "The webhooks.", $"[{Example}]", default(IReadOnlyList<Webhook>));
        group.MapGet("/{id:long}", async (WebhookStore webhooks, long id, CancellationToken cancellation) => await webhooks.FindAsync(id, cancellation) ?? throw Unknown(id))
            .WithSummary("Get a webhook")
            .WithDescription("With how its last delivery fared.")
            .Answers(StatusCodes.Status200OK, "The webhook.", Example, default(Webhook))
            .FailsForId();
        group.MapPut("/{id:long}", ChangeAsync)
            .WithSummary("Change a webhook")
            .WithDescription("As a whole, except for the secret: without one the former stays. What waits is tried at once. While it is disabled changes wait for it as long as they are kept; if some were pruned, the next delivery says `isIncomplete`.")
            .Takes("The webhook.", "application/json", Request)
            .Answers(StatusCodes.Status200OK, "It is changed.", Example, default(Webhook))
            .FailsForId()
            .FailsForBody();
        group.MapDelete("/{id:long}", RemoveAsync)
            .WithSummary("Remove a webhook")
            .WithDescription("With what waits for it.")
            .Answers(StatusCodes.Status204NoContent, "It is gone.")
            .Fails(StatusCodes.Status409Conflict, "Routing rules name it.")
            .FailsForId();
        group.MapPost("/{id:long}/test", TestAsync)
            .WithSummary("Send a test delivery")
            .WithDescription("At once, signed as any other, with `isTest` and no changes; also when the webhook is disabled. A receiver that does not answer is no error of this request: `success` tells.")
            .Answers(StatusCodes.Status200OK, "What came of it.", """{"success":true,"status":200,"milliseconds":12.4,"message":""}""", default(WebhookTestAnswer))
            .FailsForId();
    }

    private static async Task<IResult> AddAsync(WebhookStore webhooks, WebhookRequest body, CancellationToken cancellation)
    {
        Check(body);
        if ((await webhooks.ListAsync(cancellation)).Count >= MaxWebhooks) throw ApiException.Conflict($"There are {MaxWebhooks} webhooks already: remove one that is not needed.");
        var added = await webhooks.AddAsync(body, cancellation);
        return new CreatedAnswer($"/webhooks/{added.Id}", added);
    }

    private static async Task<Webhook> ChangeAsync(WebhookStore webhooks, long id, WebhookRequest body, CancellationToken cancellation)
    {
        Check(body);
        return await webhooks.ChangeAsync(id, body, cancellation) ?? throw Unknown(id);
    }

    private static async Task<IResult> RemoveAsync(WebhookStore webhooks, RoutingRuleStore rules, long id, CancellationToken cancellation)
    {
        if (await rules.ListNamingAsync(id, cancellation) is { Count: > 0 } naming)
            throw ApiException.Conflict($"Routing rules name it: {string.Join(", ", naming)}. Change or remove them first, or disable the webhook.");
        return await webhooks.RemoveAsync(id, cancellation) ? Results.NoContent() : throw Unknown(id);
    }

    private static async Task<WebhookTestAnswer> TestAsync(WebhookStore webhooks, WebhookSender sender, long id, CancellationToken cancellation)
    {
        var hook = await webhooks.FindAsync(id, cancellation) ?? throw Unknown(id);
        var secret = await webhooks.FindSecretAsync(id, cancellation) ?? throw Unknown(id);
        var began = Stopwatch.GetTimestamp();
        var outcome = await sender.SendTestAsync(id, hook.Url, secret, cancellation);
        return new WebhookTestAnswer(
            outcome.Result == WebhookResult.Delivered, outcome.Status, Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 1), outcome.Message);
    }

    private static void Check(WebhookRequest body)
    {
        if (string.Join(" ", body.Faults()) is { Length: > 0 } faults) throw ApiException.BadRequest(faults);
    }

    private static ApiException Unknown(long id) => ApiException.NotFound($"There is no webhook {id}. GET /api/v1/webhooks lists those there are.");

    private static RouteHandlerBuilder FailsForId(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status404NotFound, "There is no such webhook.");

    private static RouteHandlerBuilder FailsForBody(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status400BadRequest, "The webhook is not valid; the detail tells why.");
}
