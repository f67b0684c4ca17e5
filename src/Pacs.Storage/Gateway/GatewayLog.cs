using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Gateway;

/// <summary>Event identifiers 2900–2949.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(2900, LogLevel.Information, "Cache: {Files} fetched files removed, {Bytes} bytes left")]
    public static partial void Evicted(this ILogger logger, int files, long bytes);

    [LoggerMessage(2901, LogLevel.Warning, "{SopInstanceUid} cannot be had from {Peer}: {Reason}")]
    public static partial void FetchFailed(this ILogger logger, string sopInstanceUid, string peer, string reason);

    [LoggerMessage(2902, LogLevel.Error, "{SopInstanceUid}: the fetch broke off")]
    public static partial void FetchBroke(this ILogger logger, string sopInstanceUid, Exception exception);

    [LoggerMessage(2903, LogLevel.Warning, "{SopInstanceUid} is not safe at {Peer}: {Reason}")]
    public static partial void UploadFailed(this ILogger logger, string sopInstanceUid, string peer, string reason);

    [LoggerMessage(2904, LogLevel.Information, "{Objects} files of {Bytes} bytes removed: their objects are at their archive")]
    public static partial void Removed(this ILogger logger, int objects, long bytes);

    [LoggerMessage(2905, LogLevel.Warning, "{Peer} does not answer a query in time or at all: {Reason}")]
    public static partial void QueryFailed(this ILogger logger, string peer, string reason);

    [LoggerMessage(2906, LogLevel.Warning, "{SopInstanceUid} is at its archive, and its file here cannot be read: it stays")]
    public static partial void FileUnreadable(this ILogger logger, string sopInstanceUid, Exception exception);

    [LoggerMessage(2907, LogLevel.Warning, "Files that could go in trust of {Peer} stay: {Reason}")]
    public static partial void NotKept(this ILogger logger, string peer, string reason);
}
