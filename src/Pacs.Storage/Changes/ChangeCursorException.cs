namespace Pacs.Storage.Changes;

/// <summary>A cursor from which the feed cannot go on. The message tells a person what to do.</summary>
public sealed class ChangeCursorException(bool isGone, string message) : Exception(message)
{
    /// <summary>It was one: what comes after it is not known any more. False: it never was one.</summary>
    public bool IsGone { get; } = isGone;
}
