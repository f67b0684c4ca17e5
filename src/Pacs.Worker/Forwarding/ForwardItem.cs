using Pacs.Storage.Jobs;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Worker.Forwarding;

/// <summary>An object of a job that is to be sent.</summary>
/// <param name="Object">As the job has it.</param>
/// <param name="Instance">As the archive has it; null when it is no longer here.</param>
internal sealed record ForwardItem(JobObject Object, StoredInstance? Instance)
{
    public JobObjectResult Gone => new(Object.Number, JobState.Failed, null, SendResult.Gone.Message);
}
