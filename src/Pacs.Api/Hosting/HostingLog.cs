namespace Pacs.Api.Hosting;

/// <summary>Event identifiers 6100–6199.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(6100, LogLevel.Warning, "HTTP at {Url} is open to the network without an API key: anyone who reaches it can read, change and delete. Make a key with \"./pacs key add\"")]
    public static partial void OpenToNetwork(this ILogger logger, string url);

    [LoggerMessage(6101, LogLevel.Warning, "HTTP at {Url} is open to the network without TLS: API keys and patient data can be read on the way. Set an https address and Pacs:Http:CertificateFile")]
    public static partial void OpenWithoutTls(this ILogger logger, string url);

    [LoggerMessage(6102, LogLevel.Warning, "There is no API key: every program of this machine can read, change and delete. \"./pacs key add\" makes one")]
    public static partial void NoApiKey(this ILogger logger);

    [LoggerMessage(6103, LogLevel.Warning, "Pacs:Http:CorsOrigins is *: a page of any site may read and change this archive through the browser of whoever reaches it. List the origins of your viewers instead")]
    public static partial void AnyOrigin(this ILogger logger);
}
