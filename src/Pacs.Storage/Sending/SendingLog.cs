using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Sending;

/// <summary>Event identifiers 2700–2799.</summary>
internal static partial class SendingLog
{
    [LoggerMessage(2700, LogLevel.Error, "Object {Uid} cannot be sent: its file {Key} cannot be read, or is not what was stored. Look after the disk, or restore it from backup")]
    public static partial void Unreadable(this ILogger logger, string uid, string key, Exception exception);
}
