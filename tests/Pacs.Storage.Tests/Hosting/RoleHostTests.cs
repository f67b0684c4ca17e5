using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Tests.Hosting;

public sealed class RoleHostTests
{
    [Fact]
    public async Task Run_ToldToStopWhileStarting_EndsWithoutAFailure() =>
        Assert.Equal(0, await RoleHost.RunAsync([], (services, _) => services.AddHostedService<SlowToStart>()));

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
