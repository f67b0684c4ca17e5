using System.Net;
using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Access;

/// <summary>/access-rules: who may associate, under which rules.</summary>
internal static class AccessRuleEndpoints
{
    private const string Example = """{"position":100,"description":"CT scanners of the first floor","action":"Allow","callingAeTitles":["CT*"],"addresses":["192.0.2.0/24"],"rules":{"services":["Verification","Storage"],"maxAssociations":4}}""";

    public static void MapAccessRules(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/access-rules").WithTags("Access");
        group.MapGet("", (AccessRuleStore rules, CancellationToken cancellation) => rules.ListAsync(cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the access rules")
            .WithDescription("The first that matches an association request decides. Where none does it is accepted – unless only known peers may call (`Pacs:Dimse:KnownPeersOnly`, `knownPeersOnly` of a listener).")
            .Answers(StatusCodes.Status200OK, "The rules, in the order in which they are tried.", $"[{Example}]", default(IReadOnlyList<AccessRule>));
        group.MapGet("/{position:int}", async (AccessRuleStore rules, int position, CancellationToken cancellation) =>
                (await rules.ListAsync(cancellation)).FirstOrDefault(r => r.Position == position) ?? throw Unknown(position))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get an access rule")
            .WithDescription("The rule at this position.")
            .Answers(StatusCodes.Status200OK, "The rule.", Example, default(AccessRule))
            .FailsForPosition();
        group.MapPut("/{position:int}", PutAsync)
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Add or change an access rule")
            .WithDescription("In effect for the next association on every node. A rule matches when each condition that it has does, a list when one of its entries does; `*` and `?` are wildcards. `users` are names of API keys that callers show as user name and passcode; `tlsSubjects` are those of verified certificates, `knownPeer` is whether the calling AE title is that of a known peer. A rule without conditions matches everybody: as the last, with `Deny`, it closes the archive to all that no rule before it allows.\n\nExample: `curl -X PUT -H 'Content-Type: application/json' -d '{\"action\":\"Deny\",\"addresses\":[\"198.51.100.0/24\"]}' http://localhost:8080/api/v1/access-rules/10`")
            .Takes("The rule; its position may be left out.", "application/json", Example)
            .Answers(StatusCodes.Status200OK, "It has taken the place of the one that was there.", Example, default(AccessRule))
            .Answers(StatusCodes.Status201Created, "It is there now.", Example, default(AccessRule))
            .FailsForPosition();
        group.MapDelete("/{position:int}", async (AccessRuleStore rules, int position, CancellationToken cancellation) =>
                await rules.RemoveAsync(position, cancellation) ? Results.NoContent() : throw Unknown(position))
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Remove an access rule")
            .WithDescription("In effect for the next association on every node.")
            .Answers(StatusCodes.Status204NoContent, "It is not there any more.")
            .FailsForPosition();
        group.MapPost("/try", TryAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Try the access rules")
            .WithDescription("Tells what would become of an association that some caller asks for now – which rule decides, how it would be rejected, what it would be offered and what would apply to it – without any association.")
            .Takes("The caller: what is left out it does not say, or show.", "application/json", """{"callingAeTitle":"CT1","address":"192.0.2.17","calledAeTitle":"PACS","listener":"default","implementationClassUid":"1.2.276.0.7230010.3.0.3.6.8","user":"ct-scanner","tlsSubject":"CN=ct1.example.org"}""")
            .Answers(StatusCodes.Status200OK, "What would become of it.", $$"""{"isAccepted":true,"reason":"Access rule 100 (CT scanners of the first floor) allows it","rule":{{Example}},"services":["Verification","Storage"],"rules":{"services":["Verification","Storage"],"maxAssociations":4} }""", default(TryAnswer))
            .Fails(StatusCodes.Status400BadRequest, "The caller is not valid; the detail tells why.");
    }

    private static async Task<IResult> PutAsync(AccessRuleStore rules, int position, AccessRule body, CancellationToken cancellation)
    {
        if (body.Position != 0 && body.Position != position) throw ApiException.BadRequest($"\"position\" is {body.Position}, the address says {position}: leave it out, or make them the same.");
        var rule = body with { Position = position };
        AccessFaults.ThrowIfAny(AccessValidation.Faults(rule));
        return await rules.PutAsync(rule, cancellation) ? new CreatedAnswer($"/access-rules/{position}", rule) : Results.Ok(rule);
    }

    private static async Task<TryAnswer> TryAsync(AccessSnapshots snapshots, PacsOptions options, TryRequest body, CancellationToken cancellation)
    {
        if (!AeTitle.TryParse(body.CallingAeTitle, out var calling)) throw ApiException.BadRequest("\"callingAeTitle\" has 1 to 16 ASCII characters, none of them a backslash.");
        if (!AeTitle.TryParse(body.CalledAeTitle ?? options.Dimse.AeTitle, out var called)) throw ApiException.BadRequest("\"calledAeTitle\" has 1 to 16 ASCII characters, none of them a backslash.");
        if (!IPAddress.TryParse(body.Address, out var address)) throw ApiException.BadRequest("\"address\" is an IP address: {\"callingAeTitle\": \"CT1\", \"address\": \"192.0.2.17\"}.");
        var snapshot = await snapshots.CurrentAsync(cancellation) ?? throw ApiException.Unavailable("The access rules cannot be read: look at the database, and at the server's log.");
        var verdict = snapshot.Decide(new Caller
        {
            Listener = body.Listener ?? Listener.Default,
            CallingAeTitle = calling,
            CalledAeTitle = called,
            Address = address,
            ImplementationClassUid = body.ImplementationClassUid,
            User = body.User,
            TlsSubjects = body.TlsSubject is { } subject ? [subject] : [],
        });
        return verdict.Rejection is { } rejection
            ? new(false, $"{rejection.Result}/{rejection.Source}/{rejection.Reason}", $"{verdict.Reason}: {rejection}", verdict.Rule, null, [], null)
            : new(true, null, verdict.Reason, verdict.Rule, verdict.Peer?.AeTitle, verdict.Rules.Services ?? Enum.GetValues<DimseServiceKind>(), verdict.Rules);
    }

    private static ApiException Unknown(int position) => ApiException.NotFound($"There is no access rule at {position}.");

    private static void FailsForPosition(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status400BadRequest, "The rule is not valid; the detail tells why.")
        .Fails(StatusCodes.Status404NotFound, "There is no rule at this position.");
}
