using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Settings;

/// <summary>Event identifiers 2950–2999.</summary>
internal static partial class SettingsLog
{
    [LoggerMessage(2950, LogLevel.Information, "Setting {Name} was changed from {Former} to {Value} by {ChangedBy} (in force: {Effect})")]
    public static partial void Changed(this ILogger logger, string name, string former, string value, string changedBy, string effect);

    [LoggerMessage(2951, LogLevel.Information, "Settings changed on another node are in force here")]
    public static partial void Adopted(this ILogger logger);

    [LoggerMessage(2952, LogLevel.Error, "Settings that were changed by REST cannot be in force here: {Reason}")]
    public static partial void NotAdopted(this ILogger logger, string reason);

    [LoggerMessage(2953, LogLevel.Warning, "Settings that were changed by REST are not in force: Pacs:UseStoredSettings is false")]
    public static partial void NotUsed(this ILogger logger);

    [LoggerMessage(2954, LogLevel.Debug, "The settings cannot be looked up: {Reason}")]
    public static partial void NotRead(this ILogger logger, string reason);
}
