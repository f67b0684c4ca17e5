using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pacs.Api.Tests.Hosting;
using Pacs.Storage.Hosting;
using Pacs.TestKit;

namespace Pacs.Api.Tests.Hostile;

/// <summary>A server that logs as much as it can, of which nothing may be what a request told it.</summary>
public sealed class HostileServer : ApiServer, IAsyncLifetime
{
    private readonly Collector _log = new();

    protected override (string Key, string Value)[] Settings => [("Logging:LogLevel:Default", "Information"), ("Logging:LogLevel:Pacs", "Trace"), ("Pacs:Http:MaxMetadataBytes", "1048576")];

    /// <summary>Every line so far, with its exception.</summary>
    public IReadOnlyCollection<string> Log => _log.Lines;

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Services.GetRequiredService<ILoggerFactory>().AddProvider(_log);
    }

    /// <summary>Nothing is stored, and nothing is left of what was not.</summary>
    public async Task AssertNothingStoredAsync(string? instances)
    {
        var folder = Services.GetRequiredService<PacsOptions>().IncomingPath;
        await Eventually.TrueAsync(() => !Directory.Exists(folder) || !Directory.EnumerateFiles(folder, "*.part", SearchOption.AllDirectories).Any());
        Assert.Equal(instances, CountInstances());
    }

    public string? CountInstances() => Postgres.Query("SELECT count(*) FROM instances")?.ToString();

    private sealed class Collector : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Dispose() { }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
    }
}
