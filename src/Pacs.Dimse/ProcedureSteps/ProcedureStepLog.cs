using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;
using Pacs.Storage.ProcedureSteps;

namespace Pacs.Dimse.ProcedureSteps;

/// <summary>Event identifiers 3700–3799.</summary>
internal static partial class ProcedureStepLog
{
    [LoggerMessage(3700, LogLevel.Information, "Association {Association}: {CallingAeTitle} created procedure step {SopInstanceUid}")]
    public static partial void Created(this ILogger logger, long association, string callingAeTitle, string sopInstanceUid);

    [LoggerMessage(3701, LogLevel.Information, "Association {Association}: {CallingAeTitle} set procedure step {SopInstanceUid}, now {Status}")]
    public static partial void Changed(this ILogger logger, long association, string callingAeTitle, string sopInstanceUid, ProcedureStepStatus status);

    [LoggerMessage(3702, LogLevel.Warning, "Association {Association}: {Operation} of {CallingAeTitle} for procedure step {SopInstanceUid} refused: {Status} {Comment}")]
    public static partial void Refused(this ILogger logger, long association, CommandField operation, string callingAeTitle, string? sopInstanceUid, DimseStatus status, string? comment);

    [LoggerMessage(3703, LogLevel.Error, "Association {Association}: the database does not answer: {Message}")]
    public static partial void DatabaseAway(this ILogger logger, long association, string message);
}
