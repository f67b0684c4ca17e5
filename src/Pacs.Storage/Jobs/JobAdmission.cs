using Pacs.Storage.Peers;

namespace Pacs.Storage.Jobs;

/// <summary>Which of the jobs that may run are begun: pure.</summary>
internal static class JobAdmission
{
    /// <summary>Jobs that may be begun for a queue, over all workers.</summary>
    /// <param name="outbound">The peer's limits; null where the queue is not of a known peer.</param>
    /// <param name="running">Jobs of it that are in somebody's hands.</param>
    /// <param name="isAway">One job alone may try.</param>
    public static int Room(PeerOutbound? outbound, int running, bool isAway)
    {
        if (isAway) return running == 0 ? 1 : 0;
        return outbound is null or { MaxAssociations: 0 } ? int.MaxValue : Math.Max(0, outbound.MaxAssociations - running);
    }

    /// <summary>
    /// Highest priority first, then the oldest. Queues with nothing running come before others of the same priority, and the
    /// last quarter of this worker's places is theirs: a few slow peers cannot take all of them.
    /// </summary>
    /// <param name="candidates">Of each queue as many as it has room for, in its order.</param>
    /// <param name="running">Jobs in somebody's hands by queue.</param>
    /// <param name="places">Of this worker in all.</param>
    /// <param name="free">Those that nobody has.</param>
    public static IReadOnlyList<long> Choose(IEnumerable<JobCandidate> candidates, IReadOnlyDictionary<string, int> running, int places, int free)
    {
        var reserve = places / 4;
        var chosen = new List<long>();
        var ranked = candidates
            .GroupBy(c => c.Queue)
            .SelectMany(queue => queue.Select((c, i) => (Candidate: c, Rank: running.GetValueOrDefault(c.Queue) + i)))
            .OrderByDescending(c => c.Candidate.Priority).ThenBy(c => c.Rank).ThenBy(c => c.Candidate.Id);
        foreach (var (candidate, rank) in ranked)
        {
            if (free - chosen.Count > (rank == 0 ? 0 : reserve)) chosen.Add(candidate.Id);
        }
        return chosen;
    }
}
