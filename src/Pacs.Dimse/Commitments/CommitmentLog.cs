using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;

namespace Pacs.Dimse.Commitments;

/// <summary>Event identifiers 3500–3599.</summary>
internal static partial class CommitmentLog
{
    [LoggerMessage(3500, LogLevel.Information, "Association {Association}: {AeTitle} asks for commitment of {Objects} objects, transaction {Transaction}, on record as {Commitment}")]
    public static partial void Requested(this ILogger logger, long association, string aeTitle, int objects, string transaction, long commitment);

    [LoggerMessage(3501, LogLevel.Warning, "Association {Association}: {AeTitle} asks for commitment and is refused: {Status} ({Reason})")]
    public static partial void Refused(this ILogger logger, long association, string aeTitle, DimseStatus status, string reason);

    [LoggerMessage(3502, LogLevel.Information, "Association {Association}: commitment {Commitment} reported: {Status}")]
    public static partial void Reported(this ILogger logger, long association, long commitment, DimseStatus status);

    [LoggerMessage(3503, LogLevel.Information, "Association {Association}: commitment {Commitment} will be reported by job {Job}")]
    public static partial void HandedOver(this ILogger logger, long association, long commitment, long job);

    [LoggerMessage(3504, LogLevel.Warning, "Association {Association}: commitment {Commitment} is left to job {Job}: the database is away ({Reason})")]
    public static partial void LeftToJob(this ILogger logger, long association, long commitment, long job, string reason);
}
