using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Pacs.Api.Capabilities;
using Pacs.Api.Commitments;
using Pacs.Api.Errors;
using Pacs.Api.Health;
using Pacs.Api.OpenApi;
using Pacs.Api.Qido;
using Pacs.Api.Rest.Access;
using Pacs.Api.Rest.Archive;
using Pacs.Api.Rest.Changes;
using Pacs.Api.Rest.Commitments;
using Pacs.Api.Rest.Gateway;
using Pacs.Api.Rest.Jobs;
using Pacs.Api.Rest.Peers;
using Pacs.Api.Rest.ProcedureSteps;
using Pacs.Api.Rest.RemoteCommitments;
using Pacs.Api.Rest.Routing;
using Pacs.Api.Rest.Settings;
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
    /// <summary>What scripts may read of an answer besides the few headers that they always may.</summary>
    private static readonly string[] Exposed =
    [
        "Accept-Ranges", "Allow", "Content-Disposition", "Content-Encoding", "Content-Length", "Content-Location", "Content-Range",
        "ETag", "Location", "Retry-After", "Warning", "WWW-Authenticate",
    ];

    /// <summary>How long a browser need not ask again; the shortest of what browsers keep to.</summary>
    private static readonly TimeSpan PreflightAge = TimeSpan.FromHours(2);

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
        services.AddSingleton<ThroughSelection>();
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

        var page = app.MapGroup("");
        page.AnswerHead();
        page.MapGet("/", () => Results.Redirect("~/swagger")).ExcludeFromDescription();
        app.MapHealth();
        var rest = app.MapGroup("/api/v1");
        rest.AnswerHead();
        rest.MapSystem();
        var kept = rest.MapGroup("");
        kept.DescribeCommonFailures();
        kept.MapPeers();
        kept.MapQueues();
        kept.MapPeerSearch();
        kept.MapListeners();
        kept.MapAccessRules();
        kept.MapJobs();
        kept.MapRoutingRules();
        kept.MapRoutingDryRun();
        kept.MapRetention();
        kept.MapArchive();
        kept.MapWorklist();
        kept.MapProcedureSteps();
        kept.MapDeletion();
        kept.MapCompletion();
        kept.MapCommitments();
        kept.MapRemoteCommitments();
        kept.MapChanges();
        kept.MapWebhooks();
        kept.MapGateway();
        kept.MapSettings();
        var dicomWeb = app.MapGroup(PublicUrls.DicomWebPath);
        var resources = dicomWeb.MapGroup("");
        resources.AnswerHead();
        resources.MapQido();
        resources.MapStow();
        resources.MapWado();
        resources.MapDicomWebDeletion();
        resources.MapCommitmentRequests();
        dicomWeb.MapCapabilities(PublicUrls.DicomWebPath);
        var wadoUri = app.MapGroup("");
        wadoUri.MapWadoUri();
        wadoUri.MapCapabilities("");
        return app;
    }

    /// <summary>What takes GET takes HEAD as well (RFC 9110 §9.1): the same is done, and its body not sent.</summary>
    private static void AnswerHead(this IEndpointConventionBuilder group) => group.Add(endpoint =>
    {
        if (endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault() is { HttpMethods: [var method] } && HttpMethods.IsGet(method))
            endpoint.Metadata.Add(new HttpMethodMetadata([method, HttpMethods.Head]));
    });

    /// <summary>With no origin that may call, it still answers preflights: they ask nothing of the resource that they name.</summary>
    private static void UsePacsCors(this WebApplication app)
    {
        var origins = app.Services.GetRequiredService<PacsOptions>().Http.Origins;
        app.UseCors(policy => policy.WithOrigins([.. origins]).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(Exposed).SetPreflightMaxAge(PreflightAge));
    }
}
