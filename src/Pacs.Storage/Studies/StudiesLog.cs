using Microsoft.Extensions.Logging;
using Pacs.Storage.Model;

namespace Pacs.Storage.Studies;

/// <summary>Event identifiers 2500–2599.</summary>
internal static partial class StudiesLog
{
    [LoggerMessage(2500, LogLevel.Information, "Study {Study} is complete ({Reason}): {Instances} objects")]
    public static partial void StudyCompleted(this ILogger logger, string study, CompletionReason reason, int instances);

    [LoggerMessage(2501, LogLevel.Information, "The database comes from another server: its change feed goes on with the transaction numbers of this one")]
    public static partial void FeedRenumbered(this ILogger logger);
}
