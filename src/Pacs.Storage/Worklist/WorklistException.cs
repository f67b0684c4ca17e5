namespace Pacs.Storage.Worklist;

/// <summary>What cannot become an item of the worklist. The message names every attribute that is at fault, never a value.</summary>
public sealed class WorklistException(string message) : Exception(message)
{
    /// <summary>The data set is an item, but of a step that another item is about.</summary>
    public bool IsConflict { get; init; }
}
