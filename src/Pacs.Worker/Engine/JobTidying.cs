using System.Data.Common;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Jobs;
using Quartz;

namespace Pacs.Worker.Engine;

/// <summary>Ends jobs that have waited too long for their peers, and removes those that ended long ago. Runs on every node: what one has done is nothing to the others.</summary>
[DisallowConcurrentExecution]
internal sealed class JobTidying(JobQueue queue, IEnumerable<IJobKind> kinds, ILogger<JobTidying> logger) : IJob
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var (failed, pruned) = await queue.TidyAsync([.. kinds.Where(k => !k.GivesUp).Select(k => k.Name)], cancellationToken);
            if (failed + pruned > 0) logger.Tidied(failed, pruned);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            logger.DatabaseAway(e.Message);
        }
    }
}
