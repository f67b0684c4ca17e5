namespace Pacs.Api.Errors;

internal static partial class ErrorLog
{
    [LoggerMessage(6001, LogLevel.Error, "{Method} {Route} failed with {Status}")]
    public static partial void RequestFailed(this ILogger logger, Exception error, string method, string route, int status);
}
