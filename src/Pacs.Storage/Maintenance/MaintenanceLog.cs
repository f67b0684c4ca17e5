using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Maintenance;

/// <summary>Event identifiers 2300–2399.</summary>
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

    [LoggerMessage(2305, LogLevel.Error, "The index lacks {Count} or more objects whose files are here: it was lost or is older than they are. They stay where they are; stop the server and run ./pacs reindex")]
    public static partial void IndexIsOlder(this ILogger log, int count);

    [LoggerMessage(2306, LogLevel.Warning, "The former version of {SopInstanceUid} is the object again: the one that replaced it is not whole")]
    public static partial void VersionPromoted(this ILogger log, string sopInstanceUid);

    [LoggerMessage(2307, LogLevel.Error, "{BlobKey} cannot be read: it stays in the index unchecked")]
    public static partial void BlobUnreadable(this ILogger log, string blobKey, Exception fault);
}
