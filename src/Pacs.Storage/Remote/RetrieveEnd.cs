namespace Pacs.Storage.Remote;

/// <summary>How the other archive ended a retrieval. What really came is told object by object.</summary>
/// <param name="Status">Its final status; null when it broke off without one.</param>
/// <param name="IsLasting">The same request would end in the same way.</param>
/// <param name="Message">For a person: what is wrong, and what to do. Empty when all is well.</param>
/// <param name="FailedUids">Objects that it says it could not send.</param>
public sealed record RetrieveEnd(int? Status, bool IsLasting, string Message, IReadOnlySet<string> FailedUids)
{
    public static RetrieveEnd Success { get; } = new(0, false, "", new HashSet<string>());

    /// <summary>It refused to begin: it has no such service, does not know the destination, or cannot reach it. Another way may do.</summary>
    public bool IsRefused { get; init; }
}
