using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Security;

/// <summary>Event identifiers 2400–2419.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(2400, LogLevel.Information, "{Files}: read again, in force for the next connection")]
    public static partial void FilesRead(this ILogger logger, string files);

    [LoggerMessage(2401, LogLevel.Error, "{Files}: what is there now cannot be used, what was there before stays in force: {Reason}")]
    public static partial void FilesUnusable(this ILogger logger, string files, string reason);
}
