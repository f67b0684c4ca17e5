namespace Pacs.Storage.Maintenance;

/// <summary>Objects that are not deleted, because this archive promised to keep them and their sender may have no copy left.</summary>
public sealed class CommittedObjectsException(int count)
    : Exception($"{count} of these objects are committed: this archive promised to keep them, and their sender may have deleted its own.")
{
    public int Count { get; } = count;
}
