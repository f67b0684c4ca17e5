using System.Net;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dimse.Access;

/// <summary>Event identifiers 3400–3499.</summary>
internal static partial class AccessLog
{
    [LoggerMessage(3400, LogLevel.Debug, "{CallingAeTitle} at {RemoteEndPoint} may associate with {CalledAeTitle} on {Listener}: {Reason}")]
    public static partial void Allowed(this ILogger logger, string callingAeTitle, IPEndPoint remoteEndPoint, string calledAeTitle, string listener, string reason);

    [LoggerMessage(3401, LogLevel.Warning, "{CallingAeTitle} at {RemoteEndPoint} may not associate with {CalledAeTitle} on {Listener}: {Reason}; told {Rejection}")]
    public static partial void Denied(this ILogger logger, string callingAeTitle, IPEndPoint remoteEndPoint, string calledAeTitle, string listener, string reason, Rejection rejection);

    [LoggerMessage(3402, LogLevel.Information, "A user identity of type {Type} was not verified: it grants nothing")]
    public static partial void NotVerified(this ILogger logger, UserIdentityType type);

    [LoggerMessage(3403, LogLevel.Warning, "A user identity cannot be verified now, it grants nothing: {Reason}")]
    public static partial void CannotVerify(this ILogger logger, string reason);
}
