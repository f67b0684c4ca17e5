using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Remote;

/// <summary>Event identifiers 2480–2499. What is searched for is in none of them.</summary>
internal static partial class RemoteLog
{
    [LoggerMessage(2480, LogLevel.Information, "Search of {Peer}: {Answers} matches, {Outcome} after {Milliseconds} ms")]
    public static partial void Searched(this ILogger logger, string peer, int answers, SearchOutcome outcome, double milliseconds);

    [LoggerMessage(2481, LogLevel.Information, "Search of {Peer}: cancelled, nobody waits for it any more")]
    public static partial void SearchLeft(this ILogger logger, string peer);

    [LoggerMessage(2482, LogLevel.Error, "Search of {Peer} broke off")]
    public static partial void SearchBroke(this ILogger logger, Exception exception, string peer);

    [LoggerMessage(2483, LogLevel.Warning, "The job of C-MOVE {MessageId} is not known, the database does not answer ({Reason}): its object is stored all the same")]
    public static partial void OriginNotKnown(this ILogger logger, ushort messageId, string reason);

    [LoggerMessage(2484, LogLevel.Warning, "{SopInstanceUid} arrived for job {Job}, which finds it by itself: the database does not answer ({Reason})")]
    public static partial void ArrivalNotNoted(this ILogger logger, string sopInstanceUid, long job, string reason);

    [LoggerMessage(2485, LogLevel.Warning, "{SopInstanceUid}, fetched from {Peer}, was refused with {Status}: {Message}")]
    public static partial void FetchedRefused(this ILogger logger, string sopInstanceUid, string peer, Pacs.Dicom.Messages.DimseStatus status, string message);

    [LoggerMessage(2486, LogLevel.Information, "{Operation} of {Objects} objects of series {Series} from {Peer}: {Status} {Message}")]
    public static partial void Retrieved(this ILogger logger, string operation, int objects, string series, string peer, string status, string message);
}
