using Microsoft.Extensions.Hosting;
using Pacs.Storage.Maintenance;

namespace Pacs.Storage.Hosting;

/// <summary>First to start, last to stop: the database is there and what a crash left is cleared up before any role listens.</summary>
internal sealed class StorageStartup(PacsDatabase database, Recovery recovery) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await database.StartAsync(cancellationToken);
        await Task.Run(recovery.Run, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
