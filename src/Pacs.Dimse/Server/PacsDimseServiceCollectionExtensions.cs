using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Dicom.Net;
using Pacs.Dimse.Access;
using Pacs.Dimse.Commitments;
using Pacs.Dimse.ContentNotifications;
using Pacs.Dimse.Echo;
using Pacs.Dimse.Find;
using Pacs.Dimse.Offis;
using Pacs.Dimse.ProcedureSteps;
using Pacs.Dimse.Retrieve;
using Pacs.Dimse.Store;
using Pacs.Dimse.Worklist;
using Pacs.Storage.Hosting;

namespace Pacs.Dimse.Server;

/// <summary>Wires up the DIMSE role.</summary>
public static class PacsDimseServiceCollectionExtensions
{
    /// <summary>The DICOM listener with its services, and the storage under it.</summary>
    public static IServiceCollection AddPacsDimse(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddPacsStorage(configuration);
        services.AddMetrics();
        services.AddSingleton<RetrieveMetrics>();
        services.AddSingleton<RetrieveOperation>();
        services.AddSingleton<IDimseService, EchoService>();
        services.AddSingleton<IDimseService, StoreService>();
        services.AddSingleton<IDimseService, FindService>();
        services.AddSingleton<IDimseService, GetService>();
        services.AddSingleton<IDimseService, MoveService>();
        services.AddSingleton<IDimseService, ShutdownService>();
        services.AddSingleton<IDimseService, CommitmentScp>();
        services.AddSingleton<IDimseService, ContentNotificationScp>();
        services.AddSingleton<IDimseService, WorklistService>();
        services.AddSingleton<IDimseService, ProcedureStepService>();
        services.AddSingleton<IAssociationPolicy, AssociationPolicy>();
        services.AddSingleton<DimseServer>();
        services.AddHostedService(provider => provider.GetRequiredService<DimseServer>());
        return services;
    }
}
