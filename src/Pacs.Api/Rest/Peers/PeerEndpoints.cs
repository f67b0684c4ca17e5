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
using Pacs.Storage.Peers;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Peers;

/// <summary>/peers: the DICOM applications that this archive knows.</summary>
internal static class PeerEndpoints
{
    private const string Example = """{"aeTitle":"WORKSTATION","host":"192.0.2.17","port":11112,"addresses":["192.0.2.0/24"],"rules":{"services":["Verification","Storage","Find"],"maxAssociations":4,"validation":"Iod"},"tls":{"serverName":"workstation.example.org","acceptAnyCertificate":false},"notifications":["InstanceAvailability"]}""";

    private const string WebExample = """{"aeTitle":"CLOUD","host":"","port":0,"addresses":[],"rules":{"transferSyntaxes":["1.2.840.10008.1.2.1","1.2.840.10008.1.2.4.90"]},"notifications":[],"web":{"url":"https://archive.example.org/dicomweb","authentication":{"kind":"ClientCredentials","secret":"********","tokenUrl":"https://login.example.org/oauth2/token","clientId":"pacs","scope":"dicomweb","secretInBody":false},"http2":true,"connectTimeoutSeconds":10,"stallTimeoutSeconds":60,"responseTimeoutSeconds":300,"maxInstancesPerRequest":100,"maxBytesPerRequest":268435456,"pageSize":500}}""";

    public static void MapPeers(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/peers").WithTags("Peers");
        group.MapGet("", (PeerStore peers, CancellationToken cancellation) => peers.ListAsync(cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the peers")
            .WithDescription("The DICOM applications that this archive knows: destinations of C-MOVE and of forwarding, and callers with rules of their own.")
            .Answers(StatusCodes.Status200OK, "The peers by AE title.", $"[{WebExample},{Example}]", default(IReadOnlyList<Peer>))
            .Fails(StatusCodes.Status503ServiceUnavailable, "The database does not answer.");
        group.MapGet("/{aeTitle}", async (PeerStore peers, string aeTitle, CancellationToken cancellation) => await FindAsync(peers, aeTitle, cancellation))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get a peer")
            .WithDescription("Where the peer of this AE title listens, and what applies to it.")
            .Answers(StatusCodes.Status200OK, "The peer.", Example, default(Peer))
            .FailsForTitle();
        group.MapPut("/{aeTitle}", PutAsync)
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Add or change a peer")
            .WithDescription("In effect for the next association on every node, also as a destination of C-MOVE. `host` and `port` have to be there, unless there is `web`. `addresses`: where it calls from. `rules`: what it may do and how what it sends is treated; what is left out is as access rule, listener and configuration have it. `tls`: calls to it are secured. `notifications`: what it is told. `web`: it is a DICOMweb server, and what is sent, searched and fetched goes by DICOMweb; secrets are taken, but shown as `********` only, and stay where they are left out, as long as they go to the same server.\n\nExample: `curl -X PUT -H 'Content-Type: application/json' -d '{\"host\":\"192.0.2.17\",\"port\":11112}' http://localhost:8080/api/v1/peers/WORKSTATION`")
            .Takes("The peer; its AE title may be left out.", "application/json", Example)
            .Answers(StatusCodes.Status200OK, "It was known; this is what is kept of it now.", Example, default(Peer))
            .Answers(StatusCodes.Status201Created, "It is known now.", Example, default(Peer))
            .Fails(StatusCodes.Status415UnsupportedMediaType, "The body is not application/json.")
            .FailsForTitle();
        group.MapDelete("/{aeTitle}", RemoveAsync)
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Remove a peer")
            .WithDescription("C-MOVE to it is answered with A801 from now on, and jobs that send to it fail.")
            .Answers(StatusCodes.Status204NoContent, "It is not known any more.")
            .FailsForTitle();
        group.MapPost("/{aeTitle}/echo", EchoAsync)
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Ask a peer for a sign of life")
            .WithDescription("Opens an association and asks for verification (C-ECHO), or asks a DICOMweb server for one study: whether network, names, credentials and the peer are in order. A peer that does not answer is no error of this request: `success` tells.")
            .Answers(StatusCodes.Status200OK, "What came of it.", """{"aeTitle":"WORKSTATION","success":true,"status":"0000","milliseconds":12.4,"message":""}""", default(EchoAnswer))
            .FailsForTitle();
    }

    private static async Task<IResult> PutAsync(PeerStore peers, string aeTitle, Peer body, CancellationToken cancellation)
    {
        var title = Title(aeTitle);
        if (body.AeTitle is { Length: > 0 } other && other != title) throw ApiException.BadRequest($"\"aeTitle\" is {other}, the address says {title}: leave it out, or make them the same.");
        var peer = body with { AeTitle = title, Host = body.Host?.Trim() ?? "" };
        if (peer.Web is { } web) peer = peer with { Web = WebSecrets.Keep(web, await FormerAsync(peers, title, cancellation)) };
        AccessFaults.ThrowIfAny(AccessValidation.Faults(peer));
        return await peers.PutAsync(peer, cancellation)
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

    private static async Task<IResult> RemoveAsync(PeerStore peers, string aeTitle, CancellationToken cancellation) =>
        await peers.RemoveAsync(Title(aeTitle), cancellation) ? Results.NoContent() : throw Unknown(aeTitle);

    private static async Task<EchoAnswer> EchoAsync(PeerStore peers, PeerConnector connector, DicomWebConnector web, string aeTitle, CancellationToken cancellation)
    {
        var peer = await FindAsync(peers, aeTitle, cancellation);
        if (peer.Web is not null) return await EchoWebAsync(peer, web, cancellation);
        var association = connector.Options(peer, [new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian)]);
        // The client blocks its thread: not one of the pool's, which serve everyone else.
        return await Task.Factory.StartNew(() => Echo(peer, association, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static EchoAnswer Echo(Peer peer, ClientAssociationOptions options, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        EchoAnswer Answer(bool success, string? status, string message) =>
            new(peer.AeTitle, success, status, Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 1), message);
        try
        {
            using var association = ClientAssociation.Connect(options, cancellation);
            var status = association.Echo();
            var answer = Answer(status == DimseStatus.Success, status.Value.ToString("X4"), status == DimseStatus.Success ? "" : "The peer answers, but refuses verification.");
            association.Release();
            return answer;
        }
        catch (Exception e) when (e is AssociationException or InvalidOperationException)
        {
            return Answer(false, null, e.Message);
        }
    }

    private static async Task<EchoAnswer> EchoWebAsync(Peer peer, DicomWebConnector connector, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        EchoAnswer Answer(bool success, int? status, string message) =>
            new(peer.AeTitle, success, status?.ToString(CultureInfo.InvariantCulture), Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 1), message);
        try
        {
            return Answer(true, await connector.Connect(peer).EchoAsync(cancellation), "");
        }
        catch (DicomWebException e)
        {
            return Answer(false, e.Status, e.Message);
        }
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
        .Fails(StatusCodes.Status404NotFound, "No peer of this AE title is known.")
        .Fails(StatusCodes.Status503ServiceUnavailable, "The database does not answer.");
}
