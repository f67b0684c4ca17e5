namespace Pacs.Storage.Jobs;

/// <summary>One run of a job, as its <see cref="IJobKind"/> sees it. Not safe for concurrent use.</summary>
public sealed class JobRun
{
    private readonly JobStore _store;

    internal JobRun(JobStore store, Job job, int number) => (_store, Job, Number) = (store, job, number);

    public Job Job { get; }

    /// <summary>Objects that this run brought to success.</summary>
    public int Done { get; private set; }

    /// <summary>Counts the runs of the job.</summary>
    internal int Number { get; }

    /// <summary>
    /// Takes the next objects, at most 16, that no other worker has and that are still to be tried in this run. Empty
    /// at the end, and as soon as the job is cancelled or another worker has taken it over.
    /// </summary>
    public Task<IReadOnlyList<JobObject>> ClaimAsync(CancellationToken cancellation) => _store.ClaimAsync(this, cancellation);

    /// <summary>Keeps what came of claimed objects.</summary>
    public async Task ReportAsync(IReadOnlyList<JobObjectResult> results, CancellationToken cancellation)
    {
        if (results.Count == 0) return;
        await _store.ReportAsync(this, results, cancellation);
        Done += results.Count(r => r.State == JobState.Done);
    }
}
