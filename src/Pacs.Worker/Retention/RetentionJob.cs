using Pacs.Storage.Jobs;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Retention;
using Pacs.Storage.Retrieval;

namespace Pacs.Worker.Retention;

/// <summary>Deletes studies whose time is over; each is looked at once more.</summary>
internal sealed class RetentionJob(RetentionStore retention) : IJobKind
{
    public string Name => RetentionStore.JobKind;

    public bool NeedsPeer => false;

    public async Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation)
    {
        if (request is not { StudyInstanceUid: null, SeriesInstanceUid: null, SopInstanceUid: null })
            throw new JobRefusedException(JobRefusal.Invalid, "What a retention job deletes follows from the retention classes: name no study.");
        var due = await retention.ListDueAsync(RetentionStore.BatchSize, cancellation);
        return due.Count > 0 ? [.. due.Select(d => new JobItem(d.StudyInstanceUid, d.Bytes))] : throw new JobRefusedException(JobRefusal.NothingSelected, "The time of no study is over.");
    }

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        while (await run.ClaimAsync(cancellation) is { Count: > 0 } batch)
            foreach (var item in batch) await run.ReportAsync([await DeleteAsync(item, cancellation)], CancellationToken.None);
    }

    private async Task<JobObjectResult> DeleteAsync(JobObject item, CancellationToken cancellation)
    {
        try
        {
            var count = await retention.DeleteAsync(item.SopInstanceUid, cancellation);
            return new JobObjectResult(item.Number, JobState.Done, null, count > 0 ? "" : "Stays: something of it changed meanwhile, or is on its way");
        }
        catch (CommittedObjectsException e)
        {
            return new JobObjectResult(item.Number, JobState.Done, null, $"Stays: {e.Message}");
        }
    }
}
