using Microsoft.Extensions.Logging;

namespace Pacs.Worker.Engine;

/// <summary>Event identifiers 4000–4099.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(4000, LogLevel.Information, "Job {Job}: {Kind} to {Peer} begins with {Objects} objects to do")]
    public static partial void Started(this ILogger logger, long job, string kind, string peer, int objects);

    [LoggerMessage(4001, LogLevel.Information, "Job {Job}: done, {Objects} objects")]
    public static partial void Done(this ILogger logger, long job, int objects);

    [LoggerMessage(4002, LogLevel.Warning, "Job {Job}: failed. {Reason}")]
    public static partial void Failed(this ILogger logger, long job, string reason);

    [LoggerMessage(4003, LogLevel.Warning, "Job {Job}: again in {Delay} after {Attempts} attempts. {Reason}")]
    public static partial void Postponed(this ILogger logger, long job, TimeSpan delay, int attempts, string reason);

    [LoggerMessage(4004, LogLevel.Error, "Job {Job}: the run broke off")]
    public static partial void Broke(this ILogger logger, Exception exception, long job);

    [LoggerMessage(4005, LogLevel.Warning, "Jobs wait: the database is away ({Reason})")]
    public static partial void DatabaseAway(this ILogger logger, string reason);

    [LoggerMessage(4014, LogLevel.Error, "Jobs wait: it is tried again every second")]
    public static partial void DispatchFails(this ILogger logger, Exception error);

    [LoggerMessage(4015, LogLevel.Information, "{Failed} jobs have waited too long for a peer that is away, {Pruned} that ended long ago are gone")]
    public static partial void Tidied(this ILogger logger, int failed, int pruned);

    [LoggerMessage(4016, LogLevel.Warning, "Job {Job}: the end of its run is not written down, it goes on later ({Reason})")]
    public static partial void EndUnwritten(this ILogger logger, long job, string reason);

    [LoggerMessage(4017, LogLevel.Warning, "Job {Job}: {Peer} is away, its queue is held back. {Reason}")]
    public static partial void PeerAway(this ILogger logger, long job, string peer, string reason);

    [LoggerMessage(4008, LogLevel.Information, "Change feed: {Changes} changes older than Pacs:Changes:KeepDays are gone")]
    public static partial void ChangesPruned(this ILogger logger, int changes);

    [LoggerMessage(4011, LogLevel.Warning, "Webhook {Webhook} is disabled, changes wait until it is enabled again: {Reason}")]
    public static partial void WebhookDisabled(this ILogger logger, long webhook, string reason);

    [LoggerMessage(4018, LogLevel.Warning, "{Work} waits: the database is away ({Reason})")]
    public static partial void WorkWaits(this ILogger logger, string work, string reason);

    [LoggerMessage(4019, LogLevel.Error, "{Work} fails, and is tried again every {Interval}")]
    public static partial void WorkFails(this ILogger logger, Exception error, string work, TimeSpan interval);
}
