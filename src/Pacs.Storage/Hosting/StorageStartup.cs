using Microsoft.Extensions.Hosting;

namespace Pacs.Storage.Hosting;

/// <summary>First to start, last to stop: the database is there before any role listens.</summary>
internal sealed class StorageStartup(PacsDatabase database) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => database.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
