using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Hosting;

/// <summary>Event identifiers 2000–2099.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(2000, LogLevel.Information, "Waiting for the database: {Reason}")]
    public static partial void WaitingForDatabase(this ILogger log, string reason);

    [LoggerMessage(2001, LogLevel.Information, "Making a private PostgreSQL in {Folder}")]
    public static partial void CreatingCluster(this ILogger log, string folder);

    [LoggerMessage(2002, LogLevel.Information, "Started the private PostgreSQL {Version} in {Folder}")]
    public static partial void StartedPostgres(this ILogger log, string version, string folder);

    [LoggerMessage(2003, LogLevel.Information, "Using the private PostgreSQL that already runs in {Folder}")]
    public static partial void AdoptedPostgres(this ILogger log, string folder);

    [LoggerMessage(2004, LogLevel.Information, "Stopped the private PostgreSQL")]
    public static partial void StoppedPostgres(this ILogger log);

    [LoggerMessage(2005, LogLevel.Information, "Another process uses the private PostgreSQL: it keeps running")]
    public static partial void LeftPostgresRunning(this ILogger log);

    [LoggerMessage(2006, LogLevel.Error, "The private PostgreSQL is gone: starting it again")]
    public static partial void PostgresGone(this ILogger log);

    [LoggerMessage(2007, LogLevel.Error, "The private PostgreSQL does not start: trying again")]
    public static partial void PostgresDoesNotStart(this ILogger log, Exception fault);

    [LoggerMessage(2008, LogLevel.Warning, "The private PostgreSQL did not stop: {Reason}")]
    public static partial void PostgresDoesNotStop(this ILogger log, string reason);

    [LoggerMessage(2009, LogLevel.Warning, "systemd could not be told {State}")]
    public static partial void SupervisorNotTold(this ILogger log, string state, Exception fault);
}
