using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Pacs.Api.Commitments;
using Pacs.Api.Errors;
using Pacs.Api.Health;
using Pacs.Api.OpenApi;
using Pacs.Api.Qido;
using Pacs.Api.Rest.Access;
using Pacs.Api.Rest.Archive;
using Pacs.Api.Rest.Changes;
using Pacs.Api.Rest.Commitments;
using Pacs.Api.Rest.Jobs;
using Pacs.Api.Rest.Peers;
using Pacs.Api.Rest.ProcedureSteps;
using Pacs.Api.Rest.Status;
using Pacs.Api.Rest.Studies;
using Pacs.Api.Rest.Webhooks;
using Pacs.Api.Rest.Worklist;
using Pacs.Api.Security;
using Pacs.Api.Stow;
using Pacs.Api.Wado;
using Pacs.Storage.Hosting;
using Pacs.Worker.Engine;

namespace Pacs.Api.Hosting;

/// <summary>Wires up the Api role: REST, DICOMweb, their description, health.</summary>
public static class PacsApiExtensions
{
    /// <summary>The services of the role, and the storage under it.</summary>
    public static IServiceCollection AddPacsApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddPacsStorage(configuration);
        services.AddPacsJobKinds();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, KestrelConfiguration>();
        services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockPool.Factory>();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter());
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        // A body that cannot be read is told with its reason, by the one place that does.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddCors();
        services.AddSingleton<PublicUrls>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<QidoSearch>();
        services.AddSingleton<StowStore>();
        services.AddSingleton<CommitmentTransactions>();
        services.AddSingleton<MetadataCache>();
        services.AddSingleton<InstanceFile>();
        services.AddSingleton<WadoInstances>();
        services.AddSingleton<RenderedResource>();
        services.AddSingleton<WadoUri>();
        services.AddSingleton<WadoMetadata>();
        services.AddSingleton<WadoFrames>();
        services.AddSingleton<WadoBulkData>();
        return services.AddPacsOpenApi();
    }

    /// <summary>The pipeline and every endpoint.</summary>
    public static WebApplication MapPacsApi(this WebApplication app)
    {
        app.UseMiddleware<RequestActivityMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<ForwardedMiddleware>();
        app.UseMiddleware<HostCheckMiddleware>();
        app.UseRouting();
        app.UsePacsCors();
        app.UseMiddleware<ApiKeyMiddleware>();
        app.UsePacsOpenApi();

        app.MapGet("/", () => Results.Redirect("~/swagger")).ExcludeFromDescription();
        app.MapHealth();
        var rest = app.MapGroup("/api/v1");
        rest.MapPeers();
        rest.MapListeners();
        rest.MapAccessRules();
        rest.MapJobs();
        rest.MapArchive();
        rest.MapWorklist();
        rest.MapProcedureSteps();
        rest.MapDeletion();
        rest.MapCompletion();
        rest.MapCommitments();
        rest.MapChanges();
        rest.MapWebhooks();
        rest.MapSystem();
        var dicomWeb = app.MapGroup(PublicUrls.DicomWebPath);
        dicomWeb.MapQido();
        dicomWeb.MapStow();
        dicomWeb.MapWado();
        dicomWeb.MapDicomWebDeletion();
        dicomWeb.MapCommitmentRequests();
        app.MapWadoUri();
        return app;
    }

    private static void UsePacsCors(this WebApplication app)
    {
        var origins = app.Services.GetRequiredService<PacsOptions>().Http.CorsOrigins?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (origins is not { Length: > 0 }) return;
        app.UseCors(policy => policy.WithOrigins(origins).AllowAnyHeader().AllowAnyMethod()
            .WithExposedHeaders("ETag", "Location", "Content-Location", "Content-Range", "Retry-After", "Warning", "WWW-Authenticate"));
    }
}
