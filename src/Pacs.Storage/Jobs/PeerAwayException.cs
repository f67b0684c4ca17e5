namespace Pacs.Storage.Jobs;

/// <summary>
/// The peer cannot be reached at all: nobody listens, nobody answers, it takes no more associations, or does not know one of the two names. That is a state of the
/// peer and not of the job: the whole queue of the peer is held back, and it costs the job no attempt. The message tells a person what is wrong.
/// </summary>
public sealed class PeerAwayException(string message) : Exception(message)
{
    /// <summary>The queue is held back so long at least, as the peer asked; null when it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
