using Microsoft.Extensions.Logging;
using Pacs.Storage.Retention;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Retention;

/// <summary>Makes a job every ten minutes of the studies whose time is over. Runs on every node; the database lets one of them do it.</summary>
internal sealed class RetentionWatch(RetentionStore retention, TimeProvider time, ILogger<RetentionWatch> logger) : Watch("Retention", TimeSpan.FromMinutes(10), time, logger)
{
    protected override Task LookAsync(CancellationToken cancellation) => retention.PlanAsync(cancellation);
}
