namespace Pacs.Storage.Jobs;

/// <summary>A run of a job that cannot go on, for a reason that may pass. The message tells a person what to do.</summary>
public sealed class JobRunException(string message) : Exception(message)
{
    /// <summary>The peer said when it is worth trying again (<c>Retry-After</c>); null when it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
