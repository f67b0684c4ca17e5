using System.Net;
using Microsoft.Extensions.Logging;

namespace Pacs.Dimse.Server;

/// <summary>Event identifiers 3300–3399.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(3300, LogLevel.Information, "DIMSE: {AeTitle} listens on {EndPoint}")]
    public static partial void Listening(this ILogger logger, string aeTitle, IPEndPoint endPoint);

    [LoggerMessage(3301, LogLevel.Warning, "DIMSE port {Port} is open to the network: anyone who reaches it can store, find and fetch. Set Pacs:Dimse:KnownPeersOnly, add access rules, keep it in a protected network, or set Pacs:Dimse:BindAddress")]
    public static partial void OpenToNetwork(this ILogger logger, int port);

    [LoggerMessage(3302, LogLevel.Information, "DIMSE: listener {Listener} is open on {EndPoint}")]
    public static partial void ListenerOpened(this ILogger logger, string listener, IPEndPoint endPoint);

    [LoggerMessage(3303, LogLevel.Information, "DIMSE: listener {Listener} has left {EndPoint}, its associations go on")]
    public static partial void ListenerClosed(this ILogger logger, string listener, IPEndPoint endPoint);

    [LoggerMessage(3304, LogLevel.Error, "DIMSE: listener {Listener} cannot be opened, the others run on and it is tried again: {Fault}")]
    public static partial void ListenerFailed(this ILogger logger, string listener, string fault);

    [LoggerMessage(3305, LogLevel.Debug, "DIMSE: how the listeners fare cannot be told the database: {Reason}")]
    public static partial void NotReported(this ILogger logger, string reason);
}
