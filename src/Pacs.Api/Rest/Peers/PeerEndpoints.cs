using System.Diagnostics;
using System.Globalization;
using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Rest.Access;
using Pacs.Api.Security;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Access;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.Storage.Routing;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Peers;

/// <summary>/peers: the DICOM applications that this archive knows.</summary>
internal static class PeerEndpoints
{
    private const string Example = """{"aeTitle":"WORKSTATION","host":"192.0.2.17","port":11112,"addresses":["192.0.2.0/24"],"rules":{"services":["Verification","Storage","Find"],"maxAssociations":4,"validation":"Iod"},"tls":{"serverName":"workstation.example.org","acceptAnyCertificate":false},"notifications":["InstanceAvailability"],"outbound":{"maxAssociations":5,"objectsPerAssociation":0,"bandwidthKilobytesPerSecond":2000,"hours":[{"days":[],"from":"18:00","to":"07:00"}],"stopAtFirstFailure":false},"remote":{"isSearchable":true,"model":"Any","retrieve":"Any","attributes":["PatientComments"],"stallSeconds":120}}""";

    private const string WebExample = """{"aeTitle":"CLOUD","host":"","port":0,"addresses":[],"rules":{"transferSyntaxes":["1.2.840.10008.1.2.1","1.2.840.10008.1.2.4.90"]},"notifications":[],"web":{"url":"https://archive.example.org/dicomweb","authentication":{"kind":"ClientCredentials","secret":"********","tokenUrl":"https://login.example.org/oauth2/token","clientId":"pacs","scope":"dicomweb","secretInBody":false},"http2":true,"connectTimeoutSeconds":10,"stallTimeoutSeconds":60,"responseTimeoutSeconds":300,"maxInstancesPerRequest":100,"maxBytesPerRequest":268435456,"pageSize":500}}""";

    private const string Verification = """{"aeTitle":"WORKSTATION","success":true,"status":"0000","milliseconds":12.4,"message":"","checkedAt":"2026-11-21T08:15:00Z","lastSeenAt":"2026-11-21T08:15:00Z"}""";

    public static void MapPeers(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/peers").WithTags("Peers");
        group.MapGet("", (PeerStore peers, CancellationToken cancellation) => peers.ListAsync(cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the peers")
            .WithDescription("The DICOM applications that this archive knows: destinations of C-MOVE and of forwarding, and callers with rules of their own.")
            .Answers(StatusCodes.Status200OK, "The peers by AE title.", $"[{WebExample},{Example}]", default(IReadOnlyList<Peer>));
        group.MapGet("/{aeTitle}", async (PeerStore peers, string aeTitle, CancellationToken cancellation) => await FindAsync(peers, aeTitle, cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get a peer")
            .WithDescription("Where the peer of this AE title listens, and what applies to it.")
            .Answers(StatusCodes.Status200OK, "The peer.", Example, default(Peer))
            .FailsForTitle();
        group.MapPut("/{aeTitle}", PutAsync)
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Add or change a peer")
            .WithDescription("In effect for the next association on every node, also as a destination of C-MOVE. `host` and `port` have to be there, unless there is `web`. `addresses`: where it calls from. `rules`: what it may do and how what it sends is treated; what is left out is as access rule, listener and configuration have it. `tls`: calls to it are secured. `notifications`: what it is told. `outbound`: how jobs treat it: how many at a time over all nodes, objects per association, bandwidth, hours of operation (on all `days` when none are named; in the server's time zone, or `timeZone`), and whether the first failure ends a job. `web`: it is a DICOMweb server, and what is sent, searched and fetched goes by DICOMweb; secrets are taken, but shown as `********` only, and stay where they are left out, as long as they go to the same server. `remote`: how it is searched and fetched from – whether searches that name no peers ask it (`isSearchable`), by which model (`model`: Any, PatientRoot, StudyRoot) and service (`retrieve`: Any, Move, Get), the title by which it knows this archive (`moveDestination`), further `attributes` of its matches, the `characterSet` of what does not say, and the `stallSeconds` after which a silent retrieval is given up. `gateway`: it is an archive behind this one. With another `web.url`, what is still here is uploaded and verified there anew; where objects have their only file at the former one (409) that takes `evenIfOnlyThere=true`.\n\nExample: `curl -X PUT -H 'Content-Type: application/json' -d '{\"host\":\"192.0.2.17\",\"port\":11112}' http://localhost:8080/api/v1/peers/WORKSTATION`")
            .Takes("The peer; its AE title may be left out.", "application/json", Example)
            .Answers(StatusCodes.Status200OK, "It was known; this is what is kept of it now.", Example, default(Peer))
            .Answers(StatusCodes.Status201Created, "It is known now.", Example, default(Peer))
            .Fails(StatusCodes.Status409Conflict, "Objects have their only file at the server of before; nothing is changed.")
            .FailsForTitle();
        group.MapDelete("/{aeTitle}", RemoveAsync)
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Remove a peer")
            .WithDescription("C-MOVE to it is answered with A801 from now on, and jobs that are for it fail: cancel them, or let them end first. A peer that routing rules name stays; the detail names them. So does an archive behind this one that has the only file of objects, unless `evenIfOnlyThere=true`: those objects cannot be read then until it is added again.")
            .Answers(StatusCodes.Status204NoContent, "It is not known any more.")
            .Fails(StatusCodes.Status409Conflict, "Routing rules name it, or objects have their only file there; nothing is changed.")
            .FailsForTitle();
        group.MapPost("/{aeTitle}/echo", EchoAsync)
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Ask a peer for a sign of life")
            .WithDescription("Opens an association and asks for verification (C-ECHO), or asks a DICOMweb server for one study: whether network, names, credentials and the peer are in order. A peer that does not answer is no error of this request: `success` tells. When one answers that was away, its jobs go on.")
            .Answers(StatusCodes.Status200OK, "What came of it.", Verification, default(PeerVerification))
            .FailsForTitle();
        group.MapGet("/{aeTitle}/verification", FindVerificationAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get what the last verification of a peer came to")
            .WithDescription("All peers are verified every `Pacs:Jobs:VerifyMinutes`, and one by `POST …/echo`.")
            .Answers(StatusCodes.Status200OK, "What came of it, and when the peer last answered.", Verification, default(PeerVerification))
            .FailsForTitle();
    }

    private static async Task<IResult> PutAsync(PeerStore peers, string aeTitle, Peer body, bool? evenIfOnlyThere, CancellationToken cancellation)
    {
        var title = Title(aeTitle);
        if (body.AeTitle is { Length: > 0 } other && other != title) throw ApiException.BadRequest($"\"aeTitle\" is {other}, the address says {title}: leave it out, or make them the same.");
        var peer = body with { AeTitle = title, Host = body.Host?.Trim() ?? "" };
        if (peer.Web is { } web) peer = peer with { Web = WebSecrets.Keep(web, await FormerAsync(peers, title, cancellation)) };
        AccessFaults.ThrowIfAny(AccessValidation.Faults(peer));
        return await GuardAsync(peers.PutAsync(peer, cancellation, evenIfOnlyThere ?? false))
            ? new CreatedAnswer($"/peers/{Uri.EscapeDataString(peer.AeTitle)}", peer)
            : Results.Ok(peer);
    }

    /// <summary>One that cannot be read is written anew, secrets and all.</summary>
    private static async Task<PeerWeb?> FormerAsync(PeerStore peers, string title, CancellationToken cancellation)
    {
        try
        {
            return (await peers.FindAsync(title, cancellation))?.Web;
        }
        catch (UnreadableSettingsException)
        {
            return null;
        }
    }

    private static async Task<IResult> RemoveAsync(PeerStore peers, RoutingRuleStore rules, string aeTitle, bool? evenIfOnlyThere, CancellationToken cancellation)
    {
        var title = Title(aeTitle);
        if (await rules.ListNamingAsync(title, cancellation) is { Count: > 0 } naming)
            throw new ApiException(StatusCodes.Status409Conflict, $"{title} is named by routing rules: {string.Join(", ", naming)}. Take it out of them with PUT /api/v1/routing/rules/…, or remove them, first.");
        return await GuardAsync(peers.RemoveAsync(title, cancellation, evenIfOnlyThere ?? false)) ? Results.NoContent() : throw Unknown(aeTitle);
    }

    /// <exception cref="ApiException">409: objects have their only file there.</exception>
    private static async Task<bool> GuardAsync(Task<bool> change)
    {
        try
        {
            return await change;
        }
        catch (OnlyCopiesException e)
        {
            throw ApiException.Conflict(
                $"{e.Message} Nothing is changed. Without this peer they could not be read: upload their studies to another archive first (GET /api/v1/gateway/objects?peer={e.Peer} lists them, POST /api/v1/gateway/uploads takes them), or delete them here. " +
                "If it is the same archive at another address, or is gone for good, add ?evenIfOnlyThere=true.");
        }
    }

    private static async Task<PeerVerification> EchoAsync(PeerStore peers, PeerVerifier verifier, string aeTitle, CancellationToken cancellation) =>
        await verifier.VerifyAsync(await FindAsync(peers, aeTitle, cancellation), cancellation);

    private static async Task<PeerVerification> FindVerificationAsync(PeerStore peers, PeerVerifier verifier, string aeTitle, CancellationToken cancellation)
    {
        var peer = await FindAsync(peers, aeTitle, cancellation);
        return await verifier.FindAsync(peer.AeTitle, cancellation) ?? throw ApiException.NotFound($"{peer.AeTitle} has not been verified yet: POST /api/v1/peers/{peer.AeTitle}/echo does it.");
    }

    private static async Task<Peer> FindAsync(PeerStore peers, string aeTitle, CancellationToken cancellation) =>
        await peers.FindAsync(Title(aeTitle), cancellation) ?? throw Unknown(aeTitle);

    /// <exception cref="ApiException">400: no AE title.</exception>
    private static string Title(string text) => AeTitle.TryParse(text, out var title)
        ? title
        : throw ApiException.BadRequest($"An AE title has 1 to {AeTitle.MaxLength} ASCII characters, none of them a backslash.");

    private static ApiException Unknown(string aeTitle) =>
        ApiException.NotFound($"No peer {aeTitle} is known. Add it with PUT /api/v1/peers/{aeTitle} {{\"host\": …, \"port\": …}}.");

    private static void FailsForTitle(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status400BadRequest, "The AE title or the address is not valid; the detail tells why.")
        .Fails(StatusCodes.Status404NotFound, "No peer of this AE title is known.");
}
