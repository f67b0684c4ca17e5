namespace Pacs.Storage.Indexing;

/// <summary>A row that this batch counted on is gone or moved: look again.</summary>
internal sealed class PlaceLostException() : Exception("Another process changed the rows that this batch belongs to.");
