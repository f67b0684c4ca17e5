using System.Net;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>Event identifiers 1000–1099.</summary>
internal static partial class NetLog
{
    [LoggerMessage(1000, LogLevel.Information, "Listening for associations on {EndPoint}")]
    public static partial void Listening(this ILogger logger, IPEndPoint endPoint);

    [LoggerMessage(1001, LogLevel.Information, "Association {Association} accepted: {CallingAeTitle} at {RemoteEndPoint} to {CalledAeTitle}, {Contexts} presentation contexts")]
    public static partial void Accepted(this ILogger logger, long association, string callingAeTitle, IPEndPoint remoteEndPoint, string calledAeTitle, int contexts);

    [LoggerMessage(1002, LogLevel.Warning, "Association {Association} rejected: {CallingAeTitle} at {RemoteEndPoint} to {CalledAeTitle}: {Rejection}")]
    public static partial void Rejected(this ILogger logger, long association, string callingAeTitle, IPEndPoint remoteEndPoint, string calledAeTitle, Rejection rejection);

    [LoggerMessage(1003, LogLevel.Information, "Association {Association} released")]
    public static partial void Released(this ILogger logger, long association);

    [LoggerMessage(1004, LogLevel.Warning, "Association {Association} with {RemoteEndPoint} ended: {Reason}")]
    public static partial void Ended(this ILogger logger, long association, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(1005, LogLevel.Debug, "Connection {Association} from {RemoteEndPoint} brought no association: {Reason}")]
    public static partial void NotAssociated(this ILogger logger, long association, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(1006, LogLevel.Error, "Association {Association}: {Command} failed")]
    public static partial void HandlerFailed(this ILogger logger, long association, CommandField command, Exception exception);

    [LoggerMessage(1007, LogLevel.Debug, "Association {Association}: {Command} performed: {Status}")]
    public static partial void Performed(this ILogger logger, long association, CommandField command, string? status);

    [LoggerMessage(1008, LogLevel.Error, "Association {Association} failed")]
    public static partial void Failed(this ILogger logger, long association, Exception exception);

    [LoggerMessage(1009, LogLevel.Error, "No connection can be accepted now: {Reason}")]
    public static partial void AcceptFailed(this ILogger logger, string reason);

    [LoggerMessage(1010, LogLevel.Warning, "Connection from {RemoteEndPoint} closed at once: {Associations} are open")]
    public static partial void Overloaded(this ILogger logger, IPEndPoint? remoteEndPoint, int associations);

    [LoggerMessage(1011, LogLevel.Error, "{Associations} associations did not end in time")]
    public static partial void StillRunning(this ILogger logger, int associations);

    [LoggerMessage(1012, LogLevel.Information, "Connection {Association} from {RemoteEndPoint} brought no association: {Reason}")]
    public static partial void NotUnderstood(this ILogger logger, long association, IPEndPoint remoteEndPoint, string reason);
}
