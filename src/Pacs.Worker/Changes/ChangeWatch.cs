using Microsoft.Extensions.Logging;
using Pacs.Storage.Changes;
using Pacs.Storage.Hosting;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Changes;

/// <summary>Prunes the change feed once an hour. Runs on every node: what one has removed is nothing to the others.</summary>
internal sealed class ChangeWatch(ChangeRetention retention, PacsOptions options, TimeProvider time, ILogger<ChangeWatch> logger) : Watch("Pruning the change feed", TimeSpan.FromHours(1), time, logger)
{
    protected override async Task LookAsync(CancellationToken cancellation)
    {
        if (await retention.PruneAsync(TimeSpan.FromDays(options.Changes.KeepDays), cancellation) is > 0 and var count) Logger.ChangesPruned(count);
    }
}
