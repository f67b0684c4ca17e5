using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Maintenance;

internal static partial class MaintenanceLog
{
    [LoggerMessage(2300, LogLevel.Warning, "Blob {BlobKey} of a deleted object cannot be removed")]
    public static partial void BlobStays(this ILogger log, string blobKey, Exception fault);

    [LoggerMessage(2301, LogLevel.Warning, "A process ended without a clean stop: checking its objects since {Checkpoint}")]
    public static partial void Recovering(this ILogger log, DateTimeOffset checkpoint);

    [LoggerMessage(2302, LogLevel.Warning, "{SopInstanceUid} was not acknowledged before the crash and is not whole: taken out of the index")]
    public static partial void RowDropped(this ILogger log, string sopInstanceUid);

    [LoggerMessage(2303, LogLevel.Warning, "{BlobKey} was not acknowledged before the crash: moved to quarantine")]
    public static partial void BlobQuarantined(this ILogger log, string blobKey);

    [LoggerMessage(2304, LogLevel.Warning, "{BlobKey} cannot be indexed: {Reason}")]
    public static partial void BlobNotIndexed(this ILogger log, string blobKey, string reason);
}
