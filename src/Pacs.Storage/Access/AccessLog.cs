using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Access;

/// <summary>Event identifiers 2420–2439.</summary>
internal static partial class AccessLog
{
    [LoggerMessage(2420, LogLevel.Error, "Listeners, access rules and peers cannot be read, those read last stay in force: {Reason}")]
    public static partial void SnapshotNotRead(this ILogger logger, string reason);

    [LoggerMessage(2422, LogLevel.Error, "{Fault} Until then its calls are rejected")]
    public static partial void PeerNotRead(this ILogger logger, string fault);

    [LoggerMessage(2421, LogLevel.Information, "Listeners, access rules and peers are read again")]
    public static partial void SnapshotReadAgain(this ILogger logger);
}
