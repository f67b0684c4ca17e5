using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Pacs.Storage.Settings;

namespace Pacs.Storage.Hosting;

/// <summary>What every program of the archive does around its services: logging by default, and a start that fails in words.</summary>
public static class RoleHost
{
    /// <summary>
    /// What is logged unless Logging says otherwise, to go before all other configuration. The framework's own request log
    /// is not: it has query strings in it, and those have patients in them.
    /// </summary>
    /// <param name="own">From which level on the archive itself is heard.</param>
    public static MemoryConfigurationSource LoggingDefaults(LogLevel own) => new()
    {
        InitialData = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = own.ToString(),
            ["Logging:LogLevel:Microsoft"] = nameof(LogLevel.Warning),
            // What keeps the host from starting is told in words.
            ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = nameof(LogLevel.Critical),
            ["Logging:LogLevel:Npgsql"] = nameof(LogLevel.Warning),
            ["Logging:LogLevel:Quartz"] = nameof(LogLevel.Warning),
        },
    };

    /// <summary>
    /// The arguments for the builder of a host: with them it reads its files once. To watch them would be to watch all that is
    /// below the working directory, where the blobs are by default – a look at each of their folders at the start, and an
    /// event for each object after it.
    /// </summary>
    public static string[] WithoutWatching(string[] args) => ["--hostBuilder:reloadConfigOnChange=false", .. args];

    /// <summary>Runs one role until the process is told to stop.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Action<IServiceCollection, IConfiguration> addRole)
    {
        try
        {
            await RunAsync(
                () =>
                {
                    var builder = Host.CreateApplicationBuilder(WithoutWatching(args));
                    builder.Configuration.Sources.Insert(0, LoggingDefaults(LogLevel.Information));
                    addRole(builder.Services, builder.Configuration);
                    return builder.Build();
                },
                CancellationToken.None);
            return 0;
        }
        catch (Exception e) when (Explain(e) is { } explanation)
        {
            await Console.Error.WriteLineAsync(explanation);
            return 1;
        }
    }

    /// <summary>As <see cref="RunAsync(IHost, CancellationToken)"/>; a host that finds settings changed while it was away is built anew with them.</summary>
    public static async Task RunAsync(Func<IHost> build, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                using var host = build();
                await RunAsync(host, cancellation);
                return;
            }
            catch (SettingsOutdatedException)
            {
                // What it knows now, the next one begins with.
                continue;
            }
        }
    }

    /// <summary>Until it is told to stop, which is no failure either when it comes before everything has started.</summary>
    public static async Task RunAsync(IHost host, CancellationToken cancellation)
    {
        var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using var supervision = ServiceSupervision.Begin(lifetime, host.Services.GetRequiredService<ILogger<ServiceSupervision>>());
        var stopping = lifetime.ApplicationStopping;
        try
        {
            await host.StartAsync(cancellation);
            await host.WaitForShutdownAsync(cancellation);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested || cancellation.IsCancellationRequested)
        {
            // As it was told.
        }
        finally
        {
            // That background services end with a host that is not stopping, as after a start that failed, would be logged as a fault of theirs.
            lifetime.StopApplication();
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }

    /// <summary>What a person needs to know of a start that failed; null for a fault of the program.</summary>
    public static string? Explain(Exception error) => error switch
    {
        PacsStartupException or SettingsOutdatedException => error.Message,
        OptionsValidationException e => "The configuration is not valid:\n" + string.Join('\n', e.Failures.Select(f => "  " + f)),
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } e => $"The configuration is not valid: {e.Message}",
        // Mounts, owners and modes are for the administrator to put right; the path is in the message.
        UnauthorizedAccessException or IOException => $"A folder cannot be used: {error.Message} Check Pacs:DataFolder and Pacs:Storage, and that this account may write there.",
        AggregateException { InnerException: { } inner } => Explain(inner),
        _ => null,
    };
}
