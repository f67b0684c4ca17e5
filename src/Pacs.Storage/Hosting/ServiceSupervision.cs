using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Hosting;

/// <summary>
/// Tells systemd how this process fares, where it runs as a service that is to say so (sd_notify(3)): that it is ready, that it
/// lives, that it stops.
/// </summary>
internal sealed class ServiceSupervision : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly UnixDomainSocketEndPoint _supervisor;
    private readonly ILogger _log;
    private readonly Timer? _watchdog;

    private ServiceSupervision(string address, TimeSpan? interval, ILogger log)
    {
        // "@" stands for a name that is in no file system.
        _supervisor = new UnixDomainSocketEndPoint(address.StartsWith('@') ? '\0' + address[1..] : address);
        _log = log;
        // A sign of life is made by the threads that do the work: without one of them there is none.
        if (interval is { } time) _watchdog = new Timer(_ => Tell("WATCHDOG=1"), null, time, time);
    }

    /// <summary>Null where nobody supervises this process.</summary>
    public static ServiceSupervision? Begin(IHostApplicationLifetime lifetime, ILogger<ServiceSupervision> log)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 1 } address) return null;
        // PostgreSQL would report itself there.
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
        var supervision = new ServiceSupervision(address, WatchdogInterval(), log);
        lifetime.ApplicationStarted.Register(() =>
        {
            supervision.Tell("READY=1");
            // Not of a host that ends before it serves, and may be built anew.
            lifetime.ApplicationStopping.Register(() => supervision.Tell("STOPPING=1"));
        });
        return supervision;
    }

    public void Dispose()
    {
        _watchdog?.Dispose();
        _socket.Dispose();
    }

    /// <summary>A third of what systemd waits for.</summary>
    private static TimeSpan? WatchdogInterval() =>
        long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds / 3.0)
            : null;

    private void Tell(string state)
    {
        try
        {
            _socket.SendTo(System.Text.Encoding.ASCII.GetBytes(state), _supervisor);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _log.SupervisorNotTold(state, e);
        }
    }
}
