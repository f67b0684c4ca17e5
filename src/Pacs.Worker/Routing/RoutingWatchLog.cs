using Microsoft.Extensions.Logging;

namespace Pacs.Worker.Routing;

/// <summary>Event identifiers 4060–4069.</summary>
internal static partial class RoutingWatchLog
{
    [LoggerMessage(4060, LogLevel.Warning, "What routing rules took waits: the database is away ({Reason})")]
    public static partial void RoutingWaits(this ILogger logger, string reason);

    [LoggerMessage(4061, LogLevel.Error, "What routing rules took waits, it is tried again every second")]
    public static partial void RoutingFails(this ILogger logger, Exception error);

    [LoggerMessage(4062, LogLevel.Warning, "Studies past their retention stay meanwhile: {Reason}")]
    public static partial void RetentionWaits(this ILogger logger, string reason);

    [LoggerMessage(4063, LogLevel.Error, "Studies past their retention stay meanwhile")]
    public static partial void RetentionFails(this ILogger logger, Exception error);
}
