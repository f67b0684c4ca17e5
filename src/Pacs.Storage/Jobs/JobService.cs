namespace Pacs.Storage.Jobs;

/// <summary>Outbound work as every role sees it: creating, watching, steering. The Worker role does it.</summary>
public sealed class JobService
{
    /// <summary>Writes the job and a row for each of its objects in one transaction, and wakes a worker.</summary>
    /// <exception cref="JobRefusedException">Not as asked.</exception>
    public Task<Job> CreateAsync(JobRequest request, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<Job>> ListAsync(JobFilter filter, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Null when there is no such job.</summary>
    public Task<Job?> FindAsync(long id, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The job's objects in order, at most <paramref name="limit"/> of them, after the given number, in the given state if any.</summary>
    public Task<IReadOnlyList<JobObject>> ListObjectsAsync(long id, JobState? state, int after, int limit, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Stops a job that has not ended. A running one stops within a few objects.</summary>
    public Task<JobChange> CancelAsync(long id, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Queues a failed or cancelled job again, for those of its objects that have no success.</summary>
    public Task<JobChange> RetryAsync(long id, CancellationToken cancellation) => throw new NotImplementedException();
}
