using Pacs.Storage.Hosting;

namespace Pacs.Worker.Engine;

/// <summary>Exponential back-off with jitter: a peer that comes back is not met by all its jobs at once.</summary>
internal static class Backoff
{
    /// <param name="attempts">Failed attempts in a row, from 1.</param>
    /// <param name="options">First and longest delay.</param>
    /// <param name="jitter">From 0 to 1; random when null. The delay is between half and all of the exponential one.</param>
    public static TimeSpan Delay(int attempts, JobOptions options, double? jitter = null)
    {
        var seconds = Math.Min(options.MaxRetryDelaySeconds, options.RetryDelaySeconds * Math.Pow(2, attempts - 1));
        return TimeSpan.FromSeconds(seconds * (0.5 + ((jitter ?? Random.Shared.NextDouble()) / 2)));
    }
}
