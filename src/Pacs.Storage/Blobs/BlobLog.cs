using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Blobs;

/// <summary>Event identifiers 2150–2199.</summary>
internal static partial class BlobLog
{
    [LoggerMessage(2150, LogLevel.Information, "The blob folder was {Former} and is {Folder} now: all {Count} files are there")]
    public static partial void FolderMoved(this ILogger logger, string former, string folder, long count);

    [LoggerMessage(2151, LogLevel.Warning, "The blob folder {Folder} cannot be marked as this archive's: {Reason}")]
    public static partial void NotMarked(this ILogger logger, string folder, string reason);
}
