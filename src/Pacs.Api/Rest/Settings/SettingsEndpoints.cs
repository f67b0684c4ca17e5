using System.Text.Json;
using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Security;
using Pacs.Storage.Settings;

namespace Pacs.Api.Rest.Settings;

/// <summary>/settings: what the archive is configured with, and changing it from afar.</summary>
internal static class SettingsEndpoints
{
    private const string Example = """{"name":"Pacs:Dimse:MaxAssociations","value":200,"default":100,"source":"Database","effect":"AtOnce","isPending":false,"stored":200,"changedAt":"2026-11-21T08:00:00Z","changedBy":"admin"}""";
    private const string Changes = """{"Pacs:Dimse:MaxAssociations":200,"Pacs:Studies:QuietSeconds":null}""";

    public static void MapSettings(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/settings").WithTags("Settings").RequireScope(ApiKeyScope.Admin);
        group.MapGet("", (SettingsService settings, CancellationToken cancellation) => settings.ListAsync(cancellation))
            .WithSummary("List the settings")
            .WithDescription("Each with the value in force in the process that answers, where that comes from (default, file, what was changed here, environment – each goes before those named earlier), and when a change is in force: at once, after a restart, or never, because it is of one process or needed to reach the database. `isPending`: it was changed, and this process has to be started again for it. Secrets are not shown. Peers, listeners and access rules have resources of their own.")
            .Answers(StatusCodes.Status200OK, "The settings.", $"[{Example}]", default(IReadOnlyList<Setting>));
        group.MapPatch("", ChangeAsync)
            .WithSummary("Change settings")
            .WithDescription($"All of them, or none: values by name, `null` for one that is to be again as file and default have it. They are kept in the database, are for every node, and are checked as at a start. What the environment of a process says goes before them there.\n\nExample: `{Changes}`")
            .Takes("Values by name.", "application/json", Changes)
            .Answers(StatusCodes.Status200OK, "The settings that were named, as they are now.", $"[{Example}]", default(IReadOnlyList<Setting>))
            .Fails(StatusCodes.Status400BadRequest, "They cannot be as asked; the detail has all reasons, with the names of the settings.");
        group.MapGet("/{name}", async (SettingsService settings, string name, CancellationToken cancellation) => await FindAsync(settings, name, cancellation))
            .WithSummary("Get a setting")
            .WithDescription("By its name in appsettings.json: `Pacs:Dimse:Port`.")
            .Describe("The setting.");
        group.MapPut("/{name}", PutAsync)
            .WithSummary("Change a setting")
            .WithDescription("The body is the value as JSON: a number, a text, true or false; an object for rules.\n\nExample: `curl -X PUT -H 'Content-Type: application/json' -d 200 http://localhost:8080/api/v1/settings/Pacs:Dimse:MaxAssociations`")
            .Takes("The value.", "application/json", "200")
            .Describe("The setting as it is now.");
        group.MapDelete("/{name}", RemoveAsync)
            .WithSummary("Take a change of a setting back")
            .WithDescription("The setting is again as file and default have it.")
            .Describe("The setting as it is now.");
    }

    private static async Task<IReadOnlyList<Setting>> ChangeAsync(SettingsService settings, HttpContext context, JsonElement body, CancellationToken cancellation)
    {
        if (body.ValueKind != JsonValueKind.Object) throw ApiException.BadRequest($"Send an object of names and values, as {Changes}.");
        var changes = body.EnumerateObject().GroupBy(p => p.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(g => g.Key, g => (JsonElement?)g.Last().Value);
        await ApplyAsync(settings, context, changes, cancellation);
        return [.. (await settings.ListAsync(cancellation)).Where(s => changes.Keys.Contains(s.Name, StringComparer.OrdinalIgnoreCase))];
    }

    private static async Task<Setting> PutAsync(SettingsService settings, HttpContext context, string name, JsonElement body, CancellationToken cancellation)
    {
        var setting = await FindAsync(settings, name, cancellation);
        await ApplyAsync(settings, context, new Dictionary<string, JsonElement?> { [setting.Name] = body }, cancellation);
        return await FindAsync(settings, name, cancellation);
    }

    private static async Task<Setting> RemoveAsync(SettingsService settings, HttpContext context, string name, CancellationToken cancellation)
    {
        var setting = await FindAsync(settings, name, cancellation);
        await ApplyAsync(settings, context, new Dictionary<string, JsonElement?> { [setting.Name] = null }, cancellation);
        return await FindAsync(settings, name, cancellation);
    }

    private static async Task ApplyAsync(SettingsService settings, HttpContext context, IReadOnlyDictionary<string, JsonElement?> changes, CancellationToken cancellation)
    {
        try
        {
            await settings.ChangeAsync(changes, context.User.Identity?.Name ?? "", cancellation);
        }
        catch (SettingsRefusedException e)
        {
            throw ApiException.BadRequest(e.Message);
        }
    }

    private static async Task<Setting> FindAsync(SettingsService settings, string name, CancellationToken cancellation) =>
        await settings.FindAsync(name, cancellation) ?? throw ApiException.NotFound($"There is no setting {name}. GET /api/v1/settings lists those there are.");

    private static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string answer) => endpoint
        .Answers(StatusCodes.Status200OK, answer, Example, default(Setting))
        .Fails(StatusCodes.Status400BadRequest, "It cannot be as asked; the detail has all reasons.")
        .Fails(StatusCodes.Status404NotFound, "There is no such setting.");
}
