using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Access;
using Pacs.Storage.Peers;
using Pacs.Storage.Retention;
using Pacs.Storage.Routing;
using Pacs.Storage.Security;
using Pacs.Storage.Webhooks;

namespace Pacs.Api.Rest.Routing;

/// <summary>/routing/rules: what follows from objects that come in.</summary>
internal static class RoutingRuleEndpoints
{
    private const string Rule = """{"name":"ct-to-research","position":100,"description":"CT of the head to the research archive, without names","trigger":"Study","condition":{"callingAeTitles":["CT*"],"modalities":["CT"],"all":[{"attribute":"BodyPartExamined","matches":["HEAD*"]}]},"actions":[{"kind":"Forward","destinations":["RESEARCH"],"coerce":[{"attribute":"PatientName","value":"{PatientID|prefix:CASE-}"},{"attribute":"PatientBirthDate","remove":true}]}]}""";
    private const string Example = $$"""{"rule":{{Rule}},"waiting":12,"routed":3480,"cut":0,"lastAt":"2026-11-21T08:00:00Z"}""";

    public static void MapRoutingRules(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/routing/rules").WithTags("Routing");
        group.MapGet("", ListAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the routing rules")
            .WithDescription("In the order in which they are tried, with what came of each: objects that wait for their series or study, that went into jobs, and that were cut because they came from where they would have gone. `missingPeers` are named by a rule and not there (any more).")
            .Answers(StatusCodes.Status200OK, "The rules.", $"[{Example}]", default(IReadOnlyList<RoutingRuleState>));
        group.MapGet("/{name}", FindAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get a routing rule")
            .WithDescription("The rule of this name, and what came of it.")
            .Answers(StatusCodes.Status200OK, "The rule.", Example, default(RoutingRuleState))
            .FailsForName();
        group.MapPut("/{name}", PutAsync)
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Add or change a routing rule")
            .WithDescription("""
                In effect for the next object on every node. Every object that is stored and meets the condition is noted in the transaction that stores it; a Worker makes jobs of what was noted, one for each rule, destination and study.

                `trigger` says when: `Object` within seconds, `Series` when nothing came for `quietSeconds`, `Study` when the study is complete. What is sent then are the objects that met the condition, not all of the series or study: with `modalities` CT the reports of a CT study stay. A condition on what all its objects have in common (`StudyDescription`, `callingAeTitles`), or none, sends it whole. `stop` keeps the objects from later rules.

                A condition holds when all that it names does, of a list one entry: `callingAeTitles`, `calledAeTitles`, `listeners`, `protocols` (`DIMSE`, also what was fetched by C-MOVE and C-GET; `STOW-RS`; `WADO-RS` fetched; `import`), `addresses`, `modalities`, `sopClasses`, `timeOfDay` (`22:00-06:00`), `weekdays`; an `attribute` by keyword or hexadecimal tag, through sequences with dots, private ones with `privateCreator`, tested by `equalTo`, `matches` (as a key of C-FIND), `from` and `to`, `regex` or `isPresent`; and `all`, `any`, `not` of other conditions.

                Actions: `Forward` to `destinations` – all, the first that is there (`choice`: `Failover`), or one by study (`LoadSharing`) –, with `filter`, changes (`coerce`) and `commit` if wanted; `Prefetch` of former studies from peers; `Notify` `destinations` of a complete study (`notification`: `InstanceAvailability` or `StudyContent`), or with `webhooks` those that follow the change feed, or with `webhookIds` the webhooks of these identifiers: each object, series or study that the rule took, as its trigger has it, is a change of kind `Routed` with the name of the rule; `Retention` gives the study a class. A rule that asks to anonymise or transcode is refused.

                What waits for a rule that is changed follows its new actions; while it is disabled it goes on waiting.
                """)
            .Takes("The rule; its name may be left out.", "application/json", Rule)
            .Answers(StatusCodes.Status200OK, "It was there; this is what it is now.", Example, default(RoutingRuleState))
            .Answers(StatusCodes.Status201Created, "It is there now.", Example, default(RoutingRuleState))
            .FailsForName();
        group.MapDelete("/{name}", async (RoutingRuleStore rules, string name, CancellationToken cancellation) =>
                await rules.RemoveAsync(name, cancellation) ? Results.NoContent() : throw Unknown(name))
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Remove a routing rule")
            .WithDescription("What waits for it is dropped with it; jobs that it made go on. Disable it instead to keep what waits.")
            .Answers(StatusCodes.Status204NoContent, "It is not there any more.")
            .FailsForName();
    }

    private static async Task<IResult> PutAsync(RoutingRuleStore rules, PeerStore peers, RetentionStore retention, WebhookStore webhooks, string name, RoutingRule body, CancellationToken cancellation)
    {
        if (body.Name.Length > 0 && body.Name != name) throw ApiException.BadRequest($"\"name\" is {body.Name}, the address says {name}: leave it out, or make them the same.");
        var rule = body with { Name = name };
        var faults = RoutingValidation.Faults(rule).ToList();
        var known = await TitlesAsync(peers, cancellation);
        foreach (var title in rule.Actions.OfType<RoutingAction>().SelectMany(a => a.Destinations).OfType<string>().Where(t => !known.Contains(t)).Distinct())
            faults.Add($"destinations: there is no peer {title}; add it with PUT /api/v1/peers/{title}.");
        var hooks = (await webhooks.ListAsync(cancellation)).Select(w => w.Id).ToHashSet();
        foreach (var missing in rule.Actions.OfType<RoutingAction>().SelectMany(a => a.WebhookIds).Where(w => !hooks.Contains(w)).Distinct())
            faults.Add($"webhookIds: there is no webhook {missing}; GET /api/v1/webhooks lists those there are.");
        var classes = (await retention.ListAsync(cancellation)).Select(c => c.Name).ToHashSet();
        foreach (var missing in rule.Actions.OfType<RoutingAction>().Select(a => a.RetentionClass).OfType<string>().Where(c => !classes.Contains(c)).Distinct())
            faults.Add($"retentionClass: there is no class {missing}; add it with PUT /api/v1/routing/retention-classes/{missing}.");
        if (faults.Count > 0) throw ApiException.BadRequest(string.Join(" ", faults));
        var isNew = await rules.PutAsync(rule, cancellation);
        var state = await rules.FindAsync(name, cancellation) ?? throw Unknown(name);
        return isNew ? new CreatedAnswer($"/routing/rules/{name}", state) : Results.Ok(state);
    }

    private static async Task<IReadOnlyList<RoutingRuleState>> ListAsync(RoutingRuleStore rules, PeerStore peers, CancellationToken cancellation)
    {
        var known = await TitlesAsync(peers, cancellation);
        return [.. (await rules.ListAsync(cancellation)).Select(r => WithMissing(r, known))];
    }

    private static async Task<RoutingRuleState> FindAsync(RoutingRuleStore rules, PeerStore peers, string name, CancellationToken cancellation) =>
        WithMissing(await rules.FindAsync(name, cancellation) ?? throw Unknown(name), await TitlesAsync(peers, cancellation));

    private static async Task<HashSet<string>> TitlesAsync(PeerStore peers, CancellationToken cancellation)
    {
        var unreadable = new List<UnreadableSettingsException>();
        return [.. (await peers.ListAsync(cancellation, unreadable)).Select(p => p.AeTitle), .. unreadable.Select(u => u.Key)];
    }

    private static RoutingRuleState WithMissing(RoutingRuleState state, HashSet<string> known) =>
        state.Rule.Actions.SelectMany(a => a.Destinations).Where(d => !known.Contains(d)).Distinct().ToList() is { Count: > 0 } missing ? state with { MissingPeers = missing } : state;

    private static ApiException Unknown(string name) => ApiException.NotFound($"There is no routing rule {name}. Add it with PUT /api/v1/routing/rules/{name}.");

    private static void FailsForName(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status400BadRequest, "The rule is not valid; the detail tells all that is wrong.")
        .Fails(StatusCodes.Status404NotFound, "There is no rule of this name.");
}
