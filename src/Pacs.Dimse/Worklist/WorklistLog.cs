using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;

namespace Pacs.Dimse.Worklist;

/// <summary>Event identifiers 3600–3699.</summary>
internal static partial class WorklistLog
{
    [LoggerMessage(3600, LogLevel.Information, "Association {Association}: worklist for {CallingAeTitle}: {Items} items, status {Status} {Comment}")]
    public static partial void Listed(this ILogger logger, long association, string callingAeTitle, int items, DimseStatus status, string comment);

    [LoggerMessage(3601, LogLevel.Error, "Association {Association}: the search in the worklist failed")]
    public static partial void SearchFailed(this ILogger logger, long association, Exception exception);
}
