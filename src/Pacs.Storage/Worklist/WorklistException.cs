namespace Pacs.Storage.Worklist;

/// <summary>A data set that is no worklist item. The message names every attribute that is at fault, never a value.</summary>
public sealed class WorklistException(string message) : Exception(message);
