using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;

namespace Pacs.Dimse.ContentNotifications;

/// <summary>Event identifiers 3800–3899.</summary>
internal static partial class ContentNotificationLog
{
    [LoggerMessage(3800, LogLevel.Information, "Association {Association}: {AeTitle} has {Objects} objects of study {Study}; {Missing} of them are not here, {Different} differ")]
    public static partial void Notified(this ILogger logger, long association, string aeTitle, int objects, string study, int missing, int different);

    [LoggerMessage(3801, LogLevel.Warning, "Association {Association}: a study content notification of {AeTitle} is refused: {Status} ({Reason})")]
    public static partial void Refused(this ILogger logger, long association, string aeTitle, DimseStatus status, string reason);
}
