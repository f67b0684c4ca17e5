using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Pacs.Storage.Access;
using Pacs.Storage.Blobs;
using Pacs.Storage.Changes;
using Pacs.Storage.Commitments;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Gateway;
using Pacs.Storage.Hosting.Telemetry;
using Pacs.Storage.Indexing;
using Pacs.Storage.Ingest;
using Pacs.Storage.Jobs;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.ProcedureSteps;
using Pacs.Storage.Queries;
using Pacs.Storage.Remote;
using Pacs.Storage.RemoteCommitments;
using Pacs.Storage.Retention;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Routing;
using Pacs.Storage.Security;
using Pacs.Storage.Sending;
using Pacs.Storage.Settings;
using Pacs.Storage.Statistics;
using Pacs.Storage.Studies;
using Pacs.Storage.Webhooks;
using Pacs.Storage.Worklist;

namespace Pacs.Storage.Hosting;

/// <summary>Wires up index, blob store, ingest, queries and retrieval.</summary>
public static class PacsStorageServiceCollectionExtensions
{
    /// <summary>Everything that the roles share. Calling it again changes nothing.</summary>
    public static IServiceCollection AddPacsStorage(this IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(d => d.ServiceType == typeof(PacsDatabase))) return services;
        services.TryAddSingleton(TimeProvider.System);
        return services.AddPacsOptions(configuration).AddIndex().AddIngest().AddMaintenance().AddQueriesAndRetrieval().AddOutbound().AddRouting().AddGateway().AddStudies().AddChanges().AddWorklist();
    }

    private static IServiceCollection AddPacsOptions(this IServiceCollection services, IConfiguration configuration)
    {
        var layers = new SettingLayers(configuration);
        var (settings, misspelt) = SettingsSpelling.Check(layers.Compose(layers.Started).GetSection(PacsOptions.Section));
        services.AddSingleton(layers);
        services.AddSingleton<SettingStore>();
        services.AddSingleton(s => new SettingsService(
            layers, s.GetRequiredService<SettingStore>(), s.GetRequiredService<PacsOptions>(), s.GetServices<ISettingCheck>(), s.GetRequiredService<ILogger<SettingsService>>()));
        services.AddSingleton<IValidateOptions<PacsOptions>>(new PacsOptionsValidator(misspelt));
        services.AddOptions<PacsOptions>().Bind(settings, o => o.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton(s => s.GetRequiredService<IOptions<PacsOptions>>().Value);
        services.AddHostedService<TelemetryExport>();
        return services;
    }

    private static IServiceCollection AddIndex(this IServiceCollection services)
    {
        services.AddSingleton<PacsDatabase>();
        services.AddSingleton<ApiKeyStore>();
        services.AddSingleton<StatisticsStore>();
        services.AddSingleton<NpgsqlDataSource>(s => s.GetRequiredService<PacsDatabase>().DataSource);
        services.AddPooledDbContextFactory<PacsDbContext>((s, options) => options.UsePacs(s.GetRequiredService<NpgsqlDataSource>()));
        services.AddHostedService<StorageStartup>();
        services.AddHostedService<SettingsWatch>();
        services.AddSingleton<IndexWriter>();
        return services;
    }

    private static IServiceCollection AddIngest(this IServiceCollection services)
    {
        services.AddSingleton<WriterFolder>();
        services.AddSingleton<FileBlobStore>();
        services.AddSingleton<IBlobStore, ThroughBlobStore>();
        services.AddSingleton<BlobFolderGuard>();
        services.AddSingleton<ISettingCheck>(s => s.GetRequiredService<BlobFolderGuard>());
        services.AddSingleton<FlushThreads>();
        services.AddSingleton<DoubtfulObjects>();
        services.AddSingleton<IngestPipeline>();
        services.AddSingleton(s => new IngestService(s.GetRequiredService<IngestPipeline>()));
        return services;
    }

    private static IServiceCollection AddMaintenance(this IServiceCollection services)
    {
        services.AddSingleton<DoomedBlobs>();
        services.AddSingleton<IndexEntryReader>();
        services.AddSingleton<Recovery>();
        services.AddSingleton<CarriedInstances>();
        services.AddSingleton(s => new Deletion(s.GetRequiredService<PacsDatabase>(), s.GetRequiredService<DoomedBlobs>()));
        services.AddSingleton(s => new Reindex(s.GetRequiredService<PacsDatabase>(), s.GetRequiredService<IBlobStore>(),
            s.GetRequiredService<IndexEntryReader>(), s.GetRequiredService<IndexWriter>(), s.GetRequiredService<CarriedInstances>(), s.GetRequiredService<ILogger<Reindex>>()));
        return services;
    }

    private static IServiceCollection AddOutbound(this IServiceCollection services)
    {
        services.AddSingleton<PeerStore>();
        services.AddSingleton<ListenerStore>();
        services.AddSingleton<ListenerStates>();
        services.AddSingleton<AccessRuleStore>();
        services.AddSingleton<AccessSnapshots>();
        services.AddSingleton<DimseTls>();
        services.AddSingleton<PeerConnector>();
        services.AddSingleton<OutboundDatasets>();
        services.AddSingleton<InstanceSender>();
        services.AddSingleton<RemoteArchives>();
        services.AddSingleton<PeerSearch>();
        services.AddMetrics();
        services.AddSingleton<DicomWebMetrics>();
        services.AddSingleton<DicomWebConnector>();
        services.AddSingleton<MoveOrigins>();
        services.AddSingleton<FetchStore>();
        services.AddSingleton<PriorStudies>();
        services.AddSingleton<JobService>();
        services.AddSingleton<JobStore>();
        services.AddSingleton<FollowUpJobs>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<PeerQueueStore>();
        services.AddSingleton<PeerThrottles>();
        services.AddSingleton<PeerVerifier>();
        return services;
    }

    private static IServiceCollection AddRouting(this IServiceCollection services)
    {
        services.AddSingleton<Router>();
        services.AddSingleton<RoutingRuleStore>();
        services.AddSingleton<ICompletionSubscriber, RoutingSubscriber>();
        services.AddSingleton<RetentionStore>();
        services.AddSingleton(s => new RoutingDispatch(s.GetRequiredService<NpgsqlDataSource>(), s.GetRequiredService<Router>(), s.GetRequiredService<PeerStore>(),
            s.GetRequiredService<RetrievalService>(), s.GetRequiredService<ILogger<RoutingDispatch>>()));
        services.AddSingleton(s => new RoutingDryRun(s.GetRequiredService<NpgsqlDataSource>(), s.GetRequiredService<Router>(), s.GetRequiredService<PeerStore>(),
            s.GetRequiredService<RetrievalService>(), s.GetRequiredService<TimeProvider>()));
        return services;
    }

    /// <summary>Archives are called by what reads blobs, and blobs that are there are read by calling them: the one who calls is looked up late.</summary>
    private static IServiceCollection AddGateway(this IServiceCollection services)
    {
        services.AddSingleton<RemoteBlobs>();
        services.AddSingleton<BlobCache>();
        services.AddSingleton(s => new ArchiveFetches(s.GetRequiredService<RemoteBlobs>(), s.GetRequiredService<BlobCache>(),
            new Lazy<ArchiveConnector>(s.GetRequiredService<ArchiveConnector>), s.GetRequiredService<PacsOptions>(), s.GetRequiredService<ILogger<ArchiveFetches>>()));
        services.AddSingleton<ArchiveConnector>();
        services.AddSingleton<GatewayStore>();
        services.AddSingleton<GatewayDispatch>();
        services.AddSingleton<GatewayUploads>();
        services.AddSingleton<GatewayCommitments>();
        services.AddSingleton(s => new GatewayRemoval(s.GetRequiredService<PacsDatabase>(), s.GetRequiredService<FileBlobStore>(),
            s.GetRequiredService<DoomedBlobs>(), s.GetRequiredService<DicomWebConnector>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<GatewayRemoval>>()));
        services.AddSingleton<ThroughQueries>();
        services.AddSingleton(s => new ArchiveInstances(s.GetRequiredService<ArchiveConnector>(), s.GetRequiredService<ArchiveFetches>(), s.GetRequiredService<BlobCache>(), s.GetRequiredService<IndexEntryReader>(),
            s.GetRequiredService<PacsOptions>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<ArchiveInstances>>()));
        return services;
    }

    private static IServiceCollection AddWorklist(this IServiceCollection services)
    {
        services.AddSingleton<WorklistStore>();
        services.AddSingleton<WorklistSearch>();
        services.AddSingleton<ProcedureStepStore>();
        return services;
    }

    private static IServiceCollection AddStudies(this IServiceCollection services)
    {
        services.AddSingleton<StudyCompletion>();
        services.AddSingleton<StudyContents>();
        services.AddSingleton<ContentNotificationStore>();
        services.AddSingleton<ICompletionSubscriber, NotificationSubscriber>();
        services.AddSingleton<CommitmentVerifier>();
        services.AddSingleton<CommitmentService>();
        services.AddSingleton<RemoteCommitmentStore>();
        services.AddSingleton<RemoteReports>();
        return services;
    }

    private static IServiceCollection AddChanges(this IServiceCollection services)
    {
        services.AddSingleton<ChangeFeed>();
        services.AddSingleton<ChangeRetention>();
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<WebhookDispatch>();
        services.AddSingleton<WebhookSender>();
        return services;
    }

    private static IServiceCollection AddQueriesAndRetrieval(this IServiceCollection services)
    {
        services.AddSingleton<HeaderReader>();
        services.AddSingleton(s => new RetrievalService(s.GetRequiredService<PacsDatabase>().KeyedSource, s.GetRequiredService<IBlobStore>()));
        services.AddSingleton(s => new QueryEngine(
            s.GetRequiredService<NpgsqlDataSource>(), s.GetRequiredService<HeaderReader>(), s.GetRequiredService<PacsOptions>(), s.GetRequiredService<TimeProvider>()));
        return services;
    }
}
