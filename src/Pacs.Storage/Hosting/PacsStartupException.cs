namespace Pacs.Storage.Hosting;

/// <summary>The process cannot start. The message tells a person what to do, and is all that needs to be shown.</summary>
public sealed class PacsStartupException(string message, Exception? inner = null) : Exception(message, inner);
