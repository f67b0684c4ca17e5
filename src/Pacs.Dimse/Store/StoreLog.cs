using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;
using Pacs.Storage.Ingest;

namespace Pacs.Dimse.Store;

/// <summary>Event identifiers 3000–3099.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(3000, LogLevel.Debug, "Association {Association}: {CallingAeTitle} sent {SopInstanceUid}: {Outcome} in {Milliseconds:F1} ms")]
    public static partial void Stored(this ILogger logger, long association, string callingAeTitle, string sopInstanceUid, IngestOutcome outcome, double milliseconds);

    [LoggerMessage(3001, LogLevel.Warning, "Association {Association}: {SopInstanceUid} of {CallingAeTitle} was refused with {Status}: {Message}")]
    public static partial void Refused(this ILogger logger, long association, string sopInstanceUid, string callingAeTitle, DimseStatus status, string message);

    [LoggerMessage(3002, LogLevel.Warning, "Association {Association}: {SopInstanceUid} of {CallingAeTitle} was stored, with {Status}: {Message}")]
    public static partial void StoredWithWarning(this ILogger logger, long association, string sopInstanceUid, string callingAeTitle, DimseStatus status, string message);
}
