using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;

namespace Pacs.Dimse.Find;

/// <summary>Event identifiers 3100–3199.</summary>
internal static partial class FindLog
{
    [LoggerMessage(3100, LogLevel.Information, "Association {Association}: C-FIND of {CallingAeTitle}: {Matches} matches, status {Status} {Comment}")]
    public static partial void Found(this ILogger logger, long association, string callingAeTitle, int matches, DimseStatus status, string comment);

    [LoggerMessage(3101, LogLevel.Error, "Association {Association}: C-FIND failed")]
    public static partial void SearchFailed(this ILogger logger, long association, Exception exception);
}
