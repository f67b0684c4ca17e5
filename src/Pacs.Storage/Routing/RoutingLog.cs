using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Routing;

/// <summary>Event identifiers 2850–2899.</summary>
internal static partial class RoutingLog
{
    [LoggerMessage(2850, LogLevel.Error, "A routing rule takes no objects meanwhile: {Reason}")]
    public static partial void RuleNotRead(this ILogger logger, string reason);

    [LoggerMessage(2851, LogLevel.Information, "Routing rule {Rule}: job {Job} ({Kind}) to {Peer} for study {Study}, {Objects} objects")]
    public static partial void JobMade(this ILogger logger, string rule, long job, string kind, string peer, string study, int objects);

    [LoggerMessage(2852, LogLevel.Warning, "Routing rule {Rule}: {Objects} objects of study {Study} are not sent to {Peer}: {Reason}")]
    public static partial void Cut(this ILogger logger, string rule, int objects, string study, string peer, string reason);

    [LoggerMessage(2853, LogLevel.Error, "Routing rule {Rule}: {SopInstanceUid} is not sent, the filter cannot be asked: its file cannot be read. Look after the disk, or restore it from backup, then send it by a job")]
    public static partial void Unreadable(this ILogger logger, string rule, string sopInstanceUid, Exception exception);
}
