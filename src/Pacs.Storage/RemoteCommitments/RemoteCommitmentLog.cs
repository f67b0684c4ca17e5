using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;

namespace Pacs.Storage.RemoteCommitments;

/// <summary>Event identifiers 2650–2699.</summary>
internal static partial class RemoteCommitmentLog
{
    [LoggerMessage(2650, LogLevel.Information, "Association {Association}: {AeTitle} reports transaction {Transaction}: {Committed} objects committed, {Failed} not (news: {IsNews})")]
    public static partial void Reported(this ILogger logger, long association, string aeTitle, string transaction, int committed, int failed, bool isNews);

    [LoggerMessage(2651, LogLevel.Warning, "Association {Association}: a report of {AeTitle} on a storage commitment is not believed: {Status} ({Reason})")]
    public static partial void NotBelieved(this ILogger logger, long association, string aeTitle, DimseStatus status, string reason);
}
