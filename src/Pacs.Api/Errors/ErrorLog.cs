namespace Pacs.Api.Errors;

/// <summary>Event identifiers 6000–6099.</summary>
internal static partial class ErrorLog
{
    [LoggerMessage(6001, LogLevel.Error, "{Method} {Route} failed with {Status}")]
    public static partial void RequestFailed(this ILogger logger, Exception error, string method, string route, int status);
}
