using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Dicom.Net;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;

namespace Pacs.Dimse.Server;

/// <summary>
/// The DICOM listeners as a hosted service: that of the configuration, without which it does not start, and those of the
/// database, which come and go while it runs. One that cannot be opened is tried again; the others run on.
/// </summary>
public sealed class DimseServer : IHostedService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly PacsOptions _options;
    private readonly AccessSnapshots _snapshots;
    private readonly ListenerStates _states;
    private readonly DimseTls _tls;
    private readonly TimeProvider _time;
    private readonly ILogger<DimseServer> _logger;
    private readonly Func<AssociationListenerOptions, AssociationListener> _create;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, DimseListener> _open = [];
    private readonly Dictionary<string, string> _faults = [];
    private readonly HashSet<string> _openToAnyone = [];
    private readonly List<DimseListener> _leaving = [];
    private volatile IReadOnlyList<ListenerState> _reported = [];
    private long _reportedAt;
    private Task _watch = Task.CompletedTask;

    /// <param name="options">The first listener; limits and times of all.</param>
    /// <param name="snapshots">The other listeners.</param>
    /// <param name="states">Told how they fare.</param>
    /// <param name="tls">For those that are secured.</param>
    /// <param name="services">What is offered.</param>
    /// <param name="policy">Who may associate.</param>
    /// <param name="time">Between two looks.</param>
    /// <param name="logger">For listeners.</param>
    /// <param name="associations">For associations.</param>
    public DimseServer(
        PacsOptions options, AccessSnapshots snapshots, ListenerStates states, DimseTls tls, IEnumerable<IDimseService> services, IAssociationPolicy policy,
        TimeProvider time, ILogger<DimseServer> logger, ILogger<AssociationListener> associations)
    {
        (_options, _snapshots, _states, _tls, _time, _logger) = (options, snapshots, states, tls, time, logger);
        var offered = services.ToList();
        _create = listener => new AssociationListener(listener, offered, policy, associations);
    }

    /// <summary>Where the listener of the configuration listens, with the port that was taken.</summary>
    public IPEndPoint EndPoint { get => field ?? throw new InvalidOperationException("Not started."); private set; }

    /// <summary>How the listeners of this process fare.</summary>
    public IReadOnlyList<ListenerState> Listeners => _reported;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var first = Listener.Of(_options.Dimse);
        try
        {
            EndPoint = (_open[first.Name] = DimseListener.Open(first, _options.Dimse, _tls, _create)).EndPoint;
        }
        catch (SocketException e)
        {
            throw new PacsStartupException($"DIMSE cannot listen on {first.BindAddress}:{first.Port}: {e.Message}. Choose another port with Pacs:Dimse:Port.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new PacsStartupException($"The files of Pacs:Dimse:Tls cannot be used: {e.Message}", e);
        }
        _logger.Listening(_options.Dimse.AeTitle, EndPoint);
        await ApplyAsync(cancellationToken);
        _watch = Task.Run(WatchAsync, CancellationToken.None);
    }

    /// <summary>Opens and closes listeners as the database has them now. Happens by itself every second.</summary>
    public async Task ApplyAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_stopping.IsCancellationRequested) return;
            if (await _snapshots.CurrentAsync(cancellation) is { } snapshot)
            {
                // First those that leave: another may want their port.
                foreach (var listener in _open.Values.Where(o => !snapshot.Listeners.Any(l => o.IsStill(l, _options.Dimse))).ToList()) Leave(listener);
                foreach (var listener in snapshot.Listeners.Where(l => !_open.ContainsKey(l.Name))) Open(listener);
                foreach (var name in _faults.Keys.Where(n => snapshot.Listeners.All(l => l.Name != n)).ToList()) _faults.Remove(name);
                foreach (var listener in snapshot.Listeners) WarnIfOpenToAnyone(snapshot, listener);
            }
            foreach (var listener in _leaving.Where(l => l.Associations == 0).ToList())
            {
                listener.Dispose();
                _leaving.Remove(listener);
            }
            await ReportAsync(cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _watch;
        await _turn.WaitAsync(cancellationToken);
        // Stop waits for threads, which must not hold up the host's.
        await Task.WhenAll(_open.Values.Concat(_leaving).Select(l =>
            Task.Factory.StartNew(() => l.Stop(Grace), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        (_reported, _reportedAt) = ([], 0);
        await TellAsync([], cancellationToken);
        _turn.Release();
    }

    public void Dispose()
    {
        foreach (var listener in _open.Values.Concat(_leaving)) listener.Dispose();
        _turn.Dispose();
        _stopping.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token)) await ApplyAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
    }

    private void Open(Listener settings)
    {
        try
        {
            var listener = _open[settings.Name] = DimseListener.Open(settings, _options.Dimse, _tls, _create);
            if (settings.Name == Listener.Default) EndPoint = listener.EndPoint;
            _faults.Remove(settings.Name);
            _logger.ListenerOpened(settings.Name, listener.EndPoint);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            var fault = $"{settings.BindAddress}:{settings.Port}: {e.Message}";
            if (_faults.GetValueOrDefault(settings.Name) != fault) _logger.ListenerFailed(settings.Name, fault);
            _faults[settings.Name] = fault;
        }
    }

    private void Leave(DimseListener listener)
    {
        listener.StopAccepting();
        _open.Remove(listener.Settings.Name);
        _openToAnyone.Remove(listener.Settings.Name);
        _leaving.Add(listener);
        _logger.ListenerClosed(listener.Settings.Name, listener.EndPoint);
    }

    private void WarnIfOpenToAnyone(AccessSnapshot snapshot, Listener settings)
    {
        var isOpen = _open.TryGetValue(settings.Name, out var listener) && !IPAddress.IsLoopback(listener.EndPoint.Address) && snapshot.IsOpenToAnyone(settings);
        if (!isOpen) _openToAnyone.Remove(settings.Name);
        else if (_openToAnyone.Add(settings.Name)) _logger.OpenToNetwork(listener!.EndPoint.Port);
    }

    private async Task ReportAsync(CancellationToken cancellation)
    {
        ListenerState[] states =
        [
            .. _open.Values.Select(l => new ListenerState(ListenerStates.Node, l.Settings.Name, $"{l.EndPoint}", null, l.Associations)),
            .. _faults.Select(f => new ListenerState(ListenerStates.Node, f.Key, null, f.Value, 0)),
        ];
        var isNews = !states.Select(s => s with { Associations = 0 }).SequenceEqual(_reported.Select(s => s with { Associations = 0 }));
        _reported = states;
        if (isNews || _time.GetElapsedTime(_reportedAt) > ReportInterval) await TellAsync(states, cancellation);
    }

    private async Task TellAsync(IReadOnlyList<ListenerState> states, CancellationToken cancellation)
    {
        try
        {
            _reportedAt = _time.GetTimestamp();
            await _states.PutAsync(states, cancellation);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            _logger.NotReported(e.Message);
        }
    }
}
