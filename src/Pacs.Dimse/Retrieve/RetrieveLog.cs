using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;

namespace Pacs.Dimse.Retrieve;

/// <summary>Event identifiers 3200–3299.</summary>
internal static partial class RetrieveLog
{
    [LoggerMessage(3200, LogLevel.Information, "Association {Association}: {Operation} of {CallingAeTitle} to {Destination}: {Completed} completed, {Warning} with warnings, {Failed} failed, status {Status} {Comment}")]
    public static partial void Retrieved(this ILogger logger, long association, string operation, string callingAeTitle, string destination, int completed, int warning, int failed, DimseStatus status, string comment);
}
