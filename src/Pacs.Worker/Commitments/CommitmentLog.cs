using Microsoft.Extensions.Logging;

namespace Pacs.Worker.Commitments;

/// <summary>Event identifiers 4700–4799.</summary>
internal static partial class CommitmentLog
{
    [LoggerMessage(4700, LogLevel.Information, "{AeTitle} ends the association on which the report of transaction {Transaction} was awaited: it may come on another ({Reason})")]
    public static partial void ReportElsewhere(this ILogger logger, string aeTitle, string transaction, string reason);
}
