using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Commitments;

/// <summary>Event identifiers 2600–2649.</summary>
internal static partial class CommitmentLog
{
    [LoggerMessage(2600, LogLevel.Error, "Object {Uid} cannot be committed: its file {Key} is not what was stored. Restore it from backup")]
    public static partial void BlobDamaged(this ILogger logger, string uid, string key);

    [LoggerMessage(2601, LogLevel.Error, "Object {Uid} cannot be committed: its file {Key} cannot be read. Look after the disk, or restore it from backup")]
    public static partial void BlobUnreadable(this ILogger logger, string uid, string key, Exception exception);
}
