using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Pacs.Api.Health;
using Pacs.Api.Hosting;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Dimse.Server;
using Pacs.Storage.Hosting;
using Pacs.Storage.Security;
using Pacs.Storage.Settings;

namespace Pacs.Api.Rest.Status;

/// <summary>/system: what this process is.</summary>
internal static class SystemEndpoints
{
    private const string Example = """{"version":"0.1.0","roles":["Dimse","Api","Worker"],"aeTitle":"PACS","dimsePort":11112,"httpAddresses":["http://localhost:8080"],"startedAt":"2026-11-21T08:00:00Z","uptimeSeconds":42.5,"diskFreeBytes":104857600000,"diskReserveBytes":1073741824,"pendingSettings":[]}""";

    public static void MapSystem(this IEndpointRouteBuilder api) => api.MapGet("/system", Describe)
        .WithTags("System")
        .RequireScope(ApiKeyScope.Read)
        .WithSummary("Describe this process")
        .WithDescription("Version, roles, AE title, ports, free disk and time since start of the process that answers; `pendingSettings` were changed and wait for its restart.")
        .Answers(StatusCodes.Status200OK, "The process.", Example, default(SystemAnswer));

    private static SystemAnswer Describe(PacsOptions options, SettingsService settings, IServer server, TimeProvider time, IServiceProvider services)
    {
        var startedAt = new DateTimeOffset(Process.GetCurrentProcess().StartTime);
        return new SystemAnswer(
            StartupNotice.Version,
            [.. new[] { PacsRoles.Dimse, PacsRoles.Api, PacsRoles.Worker }.Where(r => options.Roles.HasFlag(r)).Select(r => r.ToString())],
            options.Dimse.AeTitle,
            services.GetService<DimseServer>()?.EndPoint.Port,
            [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []],
            startedAt.ToUniversalTime(),
            Math.Round((time.GetUtcNow() - startedAt).TotalSeconds, 1),
            Readiness.FreeBytes(options),
            options.Storage.ReserveBytes,
            settings.Pending);
    }
}
