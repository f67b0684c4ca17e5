namespace Pacs.Storage.Gateway;

/// <summary>A file that is at an archive behind this one is not to be had from there now.</summary>
/// <param name="message">For a person.</param>
public sealed class ArchiveFetchException(string message) : IOException(message);
