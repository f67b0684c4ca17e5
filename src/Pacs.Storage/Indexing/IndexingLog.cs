using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Indexing;

/// <summary>Event identifiers 2100–2149.</summary>
internal static partial class IndexingLog
{
    [LoggerMessage(2100, LogLevel.Error, "The database is away, objects wait for it: {Reason}")]
    public static partial void DatabaseAway(this ILogger log, string reason);

    [LoggerMessage(2101, LogLevel.Error, "The database refuses the index entry of {SopInstanceUid}: SQL state {SqlState}")]
    public static partial void EntryRefused(this ILogger log, string sopInstanceUid, string sqlState);

    [LoggerMessage(2102, LogLevel.Critical, "Writing the index failed in a way that should not happen")]
    public static partial void BatchFailed(this ILogger log, Exception fault);
}
