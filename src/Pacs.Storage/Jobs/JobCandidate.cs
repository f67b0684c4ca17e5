namespace Pacs.Storage.Jobs;

/// <summary>A job that may be begun.</summary>
/// <param name="Id">The job's.</param>
/// <param name="Queue">The peer's; empty for jobs that talk to none.</param>
/// <param name="Priority">The job's; the highest goes first.</param>
internal readonly record struct JobCandidate(long Id, string Queue, int Priority);
