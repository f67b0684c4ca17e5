using System.Data.Common;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;
using Pacs.Worker.Engine;
using Quartz;

namespace Pacs.Worker.Verification;

/// <summary>Has all peers verified from time to time. Runs on every node; the database lets one of them write the job.</summary>
[DisallowConcurrentExecution]
internal sealed class VerifySchedule(PeerVerifier verifier, PeerStore peers, PacsOptions options, ILogger<VerifySchedule> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var all = await peers.ListAsync(cancellationToken, new List<UnreadableSettingsException>());
            // Timers of several nodes run apart by a little.
            await verifier.ScheduleAsync(TimeSpan.FromMinutes(options.Jobs.VerifyMinutes) * 0.9, all, cancellationToken);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            logger.DatabaseAway(e.Message);
        }
    }
}
