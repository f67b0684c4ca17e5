using Microsoft.Extensions.Logging;
using Pacs.Storage.Model;

namespace Pacs.Storage.Studies;

/// <summary>Event identifiers 2500–2599.</summary>
internal static partial class StudiesLog
{
    [LoggerMessage(2500, LogLevel.Information, "Study {Study} is complete ({Reason}): {Instances} objects")]
    public static partial void StudyCompleted(this ILogger logger, string study, CompletionReason reason, int instances);
}
