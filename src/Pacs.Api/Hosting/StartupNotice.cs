using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Pacs.Dimse.Server;
using Pacs.Storage.Hosting;
using Pacs.Storage.Security;

namespace Pacs.Api.Hosting;

/// <summary>Once everything listens: tells the person at the console where it is, and what stands open.</summary>
internal sealed class StartupNotice(PacsOptions options, ApiKeyStore keys, IServiceProvider services, ILogger<StartupNotice> log) : IHostedLifecycleService
{
    public static string Version { get; } =
        typeof(StartupNotice).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var urls = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.ToList() ?? [];
        Console.WriteLine($"PACS {Version} is ready: {options.Roles}");
        if (services.GetService<DimseServer>() is { } dimse) Console.WriteLine($"  DICOM    {options.Dimse.AeTitle} on {options.Dimse.BindAddress}:{dimse.EndPoint.Port}");
        foreach (var url in urls) Console.WriteLine($"  HTTP     {url}  (DICOMweb {url}/dicomweb, REST {url}/api/v1, description {url}/swagger)");
        Console.WriteLine($"  Data     {options.DataPath}");
        Console.WriteLine($"  Index    {(options.Database.ConnectionString is null ? "a private PostgreSQL in the data folder" : "the configured PostgreSQL")}");
        if (!Console.IsInputRedirected) Console.WriteLine("Ctrl-C stops it.");
        if (urls.Count > 0) await WarnAsync(urls, cancellationToken);
    }

    private async Task WarnAsync(List<string> urls, CancellationToken cancellation)
    {
        var isClosed = await keys.IsClosedAsync(cancellation);
        var open = urls.Where(KestrelConfiguration.IsOpenToNetwork).ToList();
        foreach (var url in open.Where(_ => !isClosed)) log.OpenToNetwork(url);
        foreach (var url in open.Where(u => u.StartsWith("http://", StringComparison.OrdinalIgnoreCase))) log.OpenWithoutTls(url);
        if (!isClosed && open.Count == 0) log.NoApiKey();
        if (options.Http.Origins.Contains("*")) log.AnyOrigin();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
