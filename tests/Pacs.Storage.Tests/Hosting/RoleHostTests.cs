using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Tests.Hosting;

public sealed class RoleHostTests
{
    [Fact]
    public async Task Run_ToldToStopWhileStarting_EndsWithoutAFailure() =>
        Assert.Equal(0, await RoleHost.RunAsync([], (services, _) => services.AddHostedService<SlowToStart>()));

    [Fact]
    public async Task Run_StartFailsBesideABackgroundService_IsLoggedAsNoFaultOfThatService()
    {
        var (log, work) = (new Lines(), new Working());
        await Assert.ThrowsAsync<PacsStartupException>(() => RoleHost.RunAsync(
            () =>
            {
                var builder = Host.CreateApplicationBuilder();
                builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Critical);
                builder.Services.AddHostedService(_ => work).AddSingleton(work).AddHostedService<Failing>();
                return builder.Build();
            },
            CancellationToken.None));
        await work.ExecuteTask!.ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Empty(log);
    }

    private sealed class Working : BackgroundService
    {
        public TaskCompletionSource Begun { get; } = new();

        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            Begun.SetResult();
            return new TaskCompletionSource().Task.WaitAsync(stoppingToken);
        }
    }

    private sealed class Failing(Working working) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await working.Begun.Task;
            throw new PacsStartupException("The port is in use.");
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Lines : ConcurrentQueue<string>, ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }

    /// <summary>Told to stop, as by a signal, while it waits for what does not come.</summary>
    private sealed class SlowToStart(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
