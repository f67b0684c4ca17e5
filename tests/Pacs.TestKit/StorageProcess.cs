using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pacs.Storage.Hosting;

namespace Pacs.TestKit;

/// <summary>The storage services as a process of their own has them.</summary>
public sealed class StorageProcess : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly IReadOnlyList<IHostedService> _hosted;

    /// <param name="configuration">As of <see cref="PostgresFixture.Configuration"/>.</param>
    /// <param name="replace">Puts other services in the place of the product's.</param>
    public StorageProcess(IConfiguration configuration, Action<IServiceCollection>? replace = null)
    {
        var services = new ServiceCollection().AddLogging().AddPacsStorage(configuration);
        replace?.Invoke(services);
        _services = services.BuildServiceProvider();
        _hosted = [.. _services.GetServices<IHostedService>()];
        foreach (var service in _hosted) service.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public void Dispose()
    {
        foreach (var service in _hosted.Reverse()) service.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
        _services.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
