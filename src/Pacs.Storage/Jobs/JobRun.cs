namespace Pacs.Storage.Jobs;

/// <summary>One run of a job, as its <see cref="IJobKind"/> sees it.</summary>
public sealed class JobRun
{
    internal JobRun(Job job) => Job = job;

    public Job Job { get; }
}
