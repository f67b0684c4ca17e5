using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Settings;
using Pacs.Worker.Changes;
using Pacs.Worker.Commitments;
using Pacs.Worker.Fetching;
using Pacs.Worker.Forwarding;
using Pacs.Worker.Gateway;
using Pacs.Worker.Retention;
using Pacs.Worker.Routing;
using Pacs.Worker.Studies;
using Pacs.Worker.Verification;
using Pacs.Worker.Webhooks;
using Quartz;

namespace Pacs.Worker.Engine;

/// <summary>Wires up the Worker role.</summary>
public static class PacsWorkerServiceCollectionExtensions
{
    /// <summary>The job engine with all kinds of jobs, and the storage under it.</summary>
    public static IServiceCollection AddPacsWorker(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddPacsStorage(configuration);
        services.AddPacsJobKinds();
        services.AddMetrics();
        services.AddSingleton<WorkerMetrics>();
        services.AddScheduler(configuration);
        services.AddSingleton<RunningJobs>();
        services.AddHostedService<JobAnnouncements>();
        services.AddHostedService<JobDispatcher>();
        services.AddHostedService<StudyWatch>();
        services.AddHostedService<ChangeWatch>();
        services.AddHostedService<WebhookWatch>();
        services.AddHostedService<RoutingWatch>();
        services.AddHostedService<RetentionWatch>();
        services.AddHostedService<GatewayWatch>();
        services.AddHostedService<GatewayRemovalWatch>();
        return services;
    }

    /// <summary>The kinds of jobs, without what runs them: for a role that only creates jobs. Calling it again changes nothing.</summary>
    public static IServiceCollection AddPacsJobKinds(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, ForwardJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, CommitJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, CommitmentReportJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, AvailabilityJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, ContentNotificationJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, WebhookJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, VerifyJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, RetentionJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, UploadJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, FetchJob>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IJobKind, PrefetchJob>());
        services.TryAddSingleton<DimseCommitment>();
        services.TryAddSingleton<WebCommitment>();
        services.TryAddSingleton<StudyNotifier>();
        return services;
    }

    private static void AddScheduler(this IServiceCollection services, IConfiguration configuration)
    {
        var defaults = new JobOptions();
        configuration = configuration.WithStoredSettings();
        int Setting(string name, int byDefault) => configuration.GetValue($"{PacsOptions.Section}:Jobs:{name}", byDefault);
        var verifyInterval = TimeSpan.FromMinutes(Setting(nameof(JobOptions.VerifyMinutes), defaults.VerifyMinutes));
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "pacs";
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            // Two more, for what the clock starts.
            quartz.UseDefaultThreadPool(Setting(nameof(JobOptions.Concurrency), defaults.Concurrency) + 2);
            quartz.ScheduleJob<JobTidying>(trigger => trigger.StartNow().WithSimpleSchedule(schedule => schedule.WithInterval(JobTidying.Interval).RepeatForever()));
            if (verifyInterval <= TimeSpan.Zero) return;
            quartz.ScheduleJob<VerifySchedule>(trigger => trigger
                .StartAt(DateTimeOffset.UtcNow + verifyInterval).WithSimpleSchedule(schedule => schedule.WithInterval(verifyInterval).RepeatForever()));
        });
        services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);
    }
}
