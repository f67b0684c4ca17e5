using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Hosting;

/// <summary>A PostgreSQL of our own in the data folder.</summary>
internal sealed class PrivatePostgres(PacsOptions options, ILogger<PrivatePostgres> log) : IAsyncDisposable
{
    public string ConnectionString => $"Host={options.DataPath}/postgres;Username=pacs;Database=pacs";

    public Task StartAsync(CancellationToken cancellation)
    {
        log.AdoptedPostgres(options.DataPath);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
