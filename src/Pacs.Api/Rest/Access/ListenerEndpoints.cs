using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Dimse.Server;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Access;

/// <summary>/listeners: the ports on which associations are accepted.</summary>
internal static class ListenerEndpoints
{
    private const string Settings = """{"name":"research","port":11113,"bindAddress":"*","aeTitles":["RESEARCH"],"tls":"RequiredClientCertificate","knownPeersOnly":true,"maxAssociations":20,"rules":{"services":["Verification","Storage"]}}""";
    private const string Example = $$"""{"settings":{{Settings}},"nodes":[{"node":"pacs1/4711","name":"research","endPoint":"[::]:11113","associations":2}]}""";

    public static void MapListeners(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/listeners").WithTags("Access");
        group.MapGet("", ListAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List the listeners")
            .WithDescription("The ports on which associations are accepted: that of the configuration, `default`, and those kept here. `nodes` tells for each process with the Dimse role where it listens, or why it does not.")
            .Answers(StatusCodes.Status200OK, "The listeners, that of the configuration first.", $"[{Example}]", default(IReadOnlyList<ListenerAnswer>));
        group.MapGet("/{name}", FindAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get a listener")
            .WithDescription("A listener and how it fares on each node.")
            .Answers(StatusCodes.Status200OK, "The listener.", Example, default(ListenerAnswer))
            .FailsForName();
        group.MapPut("/{name}", PutAsync)
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Add or change a listener")
            .WithDescription("Every node with the Dimse role opens it within a second, without a restart; one whose port, address, TLS or limits change is opened anew, and associations that it has go on. One that cannot be opened – the port is taken, there is no certificate – is tried again every second; `nodes` and `/health/ready` tell why. `port` has to be there; what else is left out is as the configuration has it.\n\nExample: `curl -X PUT -H 'Content-Type: application/json' -d '{\"port\":11113,\"aeTitles\":[\"RESEARCH\"]}' http://localhost:8080/api/v1/listeners/research`")
            .Takes("The listener; its name may be left out.", "application/json", Settings)
            .Answers(StatusCodes.Status200OK, "It was there; this is what it is now.", Example, default(ListenerAnswer))
            .Answers(StatusCodes.Status201Created, "It is there now.", Example, default(ListenerAnswer))
            .FailsForName();
        group.MapDelete("/{name}", RemoveAsync)
            .RequireScope(ApiKeyScope.Admin)
            .WithSummary("Remove a listener")
            .WithDescription("Its port is left within a second; associations that it has go on. That of the configuration stays.")
            .Answers(StatusCodes.Status204NoContent, "It is not there any more.")
            .FailsForName();
    }

    private static async Task<IReadOnlyList<ListenerAnswer>> ListAsync(ListenerStore listeners, ListenerStates states, PacsOptions options, CancellationToken cancellation)
    {
        var fares = (await states.ListAsync(cancellation)).ToLookup(s => s.Name);
        return [.. (await listeners.ListAsync(cancellation)).Prepend(Listener.Of(options.Dimse)).Select(l => new ListenerAnswer(l, [.. fares[l.Name]]))];
    }

    private static async Task<ListenerAnswer> FindAsync(ListenerStore listeners, ListenerStates states, PacsOptions options, string name, CancellationToken cancellation) =>
        (await ListAsync(listeners, states, options, cancellation)).FirstOrDefault(l => l.Settings.Name == name) ?? throw Unknown(name);

    private static async Task<IResult> PutAsync(
        ListenerStore listeners, ListenerStates states, PacsOptions options, IServiceProvider services, string name, Listener body, CancellationToken cancellation)
    {
        if (body.Name.Length > 0 && body.Name != name) throw ApiException.BadRequest($"\"name\" is {body.Name}, the address says {name}: leave it out, or make them the same.");
        var listener = body with { Name = name };
        AccessFaults.ThrowIfAny(AccessValidation.Faults(listener));
        var isNew = await listeners.PutAsync(listener, cancellation);
        await ApplyAsync(services, cancellation);
        var answer = await FindAsync(listeners, states, options, name, cancellation);
        return isNew ? new CreatedAnswer($"/listeners/{name}", answer) : Results.Ok(answer);
    }

    private static async Task<IResult> RemoveAsync(ListenerStore listeners, IServiceProvider services, string name, CancellationToken cancellation)
    {
        if (name == Listener.Default) throw ApiException.BadRequest($"{name} is the listener of the configuration: Pacs:Dimse says where it listens.");
        if (!await listeners.RemoveAsync(name, cancellation)) throw Unknown(name);
        await ApplyAsync(services, cancellation);
        return Results.NoContent();
    }

    /// <summary>Where this process has the listeners, the answer tells already how the change went.</summary>
    private static Task ApplyAsync(IServiceProvider services, CancellationToken cancellation) =>
        services.GetService<DimseServer>()?.ApplyAsync(cancellation) ?? Task.CompletedTask;

    private static ApiException Unknown(string name) => ApiException.NotFound($"There is no listener {name}. Add it with PUT /api/v1/listeners/{name} {{\"port\": …}}.");

    private static void FailsForName(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status400BadRequest, "The listener is not valid; the detail tells why.")
        .Fails(StatusCodes.Status404NotFound, "There is no listener of this name.");
}
