using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Ingest;

internal static partial class IngestLog
{
    [LoggerMessage(2200, LogLevel.Error, "Storage fails")]
    public static partial void StorageFailed(this ILogger log, Exception fault);

    [LoggerMessage(2201, LogLevel.Error, "The database fails")]
    public static partial void DatabaseFailed(this ILogger log, Exception fault);

    [LoggerMessage(2202, LogLevel.Error, "Blob {BlobKey} is lost: the object that came again takes its place")]
    public static partial void StoredBlobLost(this ILogger log, string blobKey, Exception fault);
}
