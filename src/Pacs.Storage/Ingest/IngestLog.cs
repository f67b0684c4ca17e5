using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Ingest;

/// <summary>Event identifiers 2200–2299.</summary>
internal static partial class IngestLog
{
    [LoggerMessage(2200, LogLevel.Error, "Storage fails")]
    public static partial void StorageFailed(this ILogger log, Exception fault);

    [LoggerMessage(2201, LogLevel.Error, "The database fails")]
    public static partial void DatabaseFailed(this ILogger log, Exception fault);

    [LoggerMessage(2202, LogLevel.Error, "Blob {BlobKey} is lost: the object that came again takes its place")]
    public static partial void StoredBlobLost(this ILogger log, string blobKey, Exception fault);

    [LoggerMessage(2203, LogLevel.Information, "{SopInstanceUid}, refused while the database was away, is settled")]
    public static partial void Settled(this ILogger log, string sopInstanceUid);

    [LoggerMessage(2204, LogLevel.Warning, "{SopInstanceUid}, refused while the database was away, cannot be settled yet")]
    public static partial void NotSettled(this ILogger log, string sopInstanceUid, Exception fault);

    [LoggerMessage(2205, LogLevel.Warning, "{BlobKey} was refused and is not in the index: moved to quarantine")]
    public static partial void PutAside(this ILogger log, string blobKey);

    [LoggerMessage(2206, LogLevel.Debug, "{BlobKey} was refused and is gone")]
    public static partial void IsGone(this ILogger log, string blobKey);
}
