namespace Pacs.Storage.Jobs;

/// <summary>A run of a job that cannot go on. The message tells a person what to do.</summary>
public sealed class JobRunException(string message) : Exception(message)
{
    /// <summary>It would end the same way each time, until a person changes something: the job has failed. Default false: the reason may pass.</summary>
    public bool IsLasting { get; init; }

    /// <summary>The peer said when it is worth trying again (<c>Retry-After</c>); null when it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
