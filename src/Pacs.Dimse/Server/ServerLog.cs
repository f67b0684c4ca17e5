using System.Net;
using Microsoft.Extensions.Logging;

namespace Pacs.Dimse.Server;

/// <summary>Event identifiers 3300–3399.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(3300, LogLevel.Information, "DIMSE: {AeTitle} listens on {EndPoint}")]
    public static partial void Listening(this ILogger logger, string aeTitle, IPEndPoint endPoint);

    [LoggerMessage(3301, LogLevel.Warning, "DIMSE port {Port} is open to the network: anyone who reaches it can store, find and fetch. Keep it in a protected network, or set Pacs:Dimse:BindAddress")]
    public static partial void OpenToNetwork(this ILogger logger, int port);
}
