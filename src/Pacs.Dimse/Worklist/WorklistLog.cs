using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;

namespace Pacs.Dimse.Worklist;

/// <summary>Event identifiers 3600–3699.</summary>
internal static partial class WorklistLog
{
    [LoggerMessage(3600, LogLevel.Information, "Association {Association}: worklist for {CallingAeTitle}: {Items} items, status {Status} {Comment}")]
    public static partial void Listed(this ILogger logger, long association, string callingAeTitle, int items, DimseStatus status, string comment);
}
