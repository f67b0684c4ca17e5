using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Remote;

/// <summary>Event identifiers 2950–2999. What is searched for is in none of them.</summary>
internal static partial class RemoteLog
{
    [LoggerMessage(2950, LogLevel.Information, "Search of {Peer}: {Answers} matches, {Outcome} after {Milliseconds} ms")]
    public static partial void Searched(this ILogger logger, string peer, int answers, SearchOutcome outcome, double milliseconds);

    [LoggerMessage(2951, LogLevel.Information, "Search of {Peer}: cancelled, nobody waits for it any more")]
    public static partial void SearchLeft(this ILogger logger, string peer);

    [LoggerMessage(2952, LogLevel.Error, "Search of {Peer} broke off")]
    public static partial void SearchBroke(this ILogger logger, Exception exception, string peer);
}
