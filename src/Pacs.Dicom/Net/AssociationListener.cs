using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Pacs.Dicom.Net;

/// <summary>
/// Accepts associations on one port and gives each a thread of its own, on which its requests are performed one after
/// the other, but for what goes on beside it where the peer negotiated that (<see cref="DimseRequest.Continue"/>).
/// </summary>
public sealed class AssociationListener : IDisposable
{
    /// <summary>Times the unassociated connections allowed: a thread whose connection was cut needs a moment to go.</summary>
    private const int CutTolerance = 2;

    /// <summary>For threads whose connections were cut to notice.</summary>
    private static readonly TimeSpan CutGrace = TimeSpan.FromSeconds(5);

    private readonly AssociationListenerOptions _options;
    private readonly FrozenDictionary<string, ServiceContext> _contexts;
    private readonly FrozenDictionary<string, IDimseService> _services;
    private readonly IAssociationPolicy? _policy;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<AssociationServer, Thread> _running = [];
    private readonly AssociationPlaces _places;
    private readonly ManualResetEventSlim _stopping = new();
    private readonly Lock _stop = new();
    private Socket? _socket;
    private Thread? _acceptor;

    /// <exception cref="ArgumentException">Two services share an abstract syntax.</exception>
    public AssociationListener(AssociationListenerOptions options, IEnumerable<IDimseService> services, IAssociationPolicy? policy = null, ILogger<AssociationListener>? logger = null)
    {
        _options = options;
        _policy = policy;
        _places = new AssociationPlaces(options.MaxAssociations);
        _logger = logger ?? NullLogger<AssociationListener>.Instance;
        var offered = services.SelectMany(s => s.Contexts.Select(c => (Context: c, Service: s))).ToList();
        if (offered.GroupBy(o => o.Context.AbstractSyntax).FirstOrDefault(g => g.Count() > 1) is { Key: var shared })
            throw new ArgumentException($"Abstract syntax {shared} is offered twice.", nameof(services));
        _contexts = offered.ToFrozenDictionary(o => o.Context.AbstractSyntax, o => o.Context);
        _services = offered.ToFrozenDictionary(o => o.Context.AbstractSyntax, o => o.Service);
    }

    /// <summary>Where it listens, with the port that was taken.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public IPEndPoint LocalEndPoint { get => field ?? throw new InvalidOperationException("Not started."); private set; }

    /// <summary>Connections now open, those being negotiated or closed included, until all their threads are gone.</summary>
    public int ActiveAssociations => _running.Count;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public void Start()
    {
        var endPoint = _options.EndPoint;
        if (endPoint.Address.Equals(IPAddress.IPv6Any) && !Socket.OSSupportsIPv6) endPoint = new IPEndPoint(IPAddress.Any, endPoint.Port);
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (endPoint.Address.Equals(IPAddress.IPv6Any)) _socket.DualMode = true;
        _socket.Bind(endPoint);
        _socket.Listen(512);
        LocalEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _acceptor = new Thread(AcceptAll) { IsBackground = true, Name = $"DICOM listener {LocalEndPoint.Port}" };
        _acceptor.Start();
        _logger.Listening(LocalEndPoint);
    }

    /// <summary>Leaves the port; associations go on.</summary>
    public void StopAccepting()
    {
        lock (_stop)
        {
            _stopping.Set();
            _socket?.Dispose();
            _acceptor?.Join();
        }
    }

    /// <summary>
    /// Stops: new associations are rejected with "temporary congestion"; those that are open may finish the request they are at
    /// and are then aborted, and those that are not done in time cut. Then nothing listens any more. Returns when no thread
    /// is left, or, where a handler does not end, some seconds later.
    /// </summary>
    public void Stop(TimeSpan grace)
    {
        lock (_stop)
        {
            _places.Close();
            var associated = _running.Where(r => r.Key.HasPlace).ToList();
            foreach (var (server, _) in associated) server.Association.RequestStop();
            AwaitEnd(associated.Select(r => r.Value), grace);

            StopAccepting();
            foreach (var server in _running.Keys) server.Association.Cut();
            AwaitEnd(_running.Values, CutGrace);
            if (!_running.IsEmpty) _logger.StillRunning(_running.Count);
        }
    }

    /// <summary>Stops without grace.</summary>
    public void Dispose() => Stop(TimeSpan.Zero);

    private static void AwaitEnd(IEnumerable<Thread> threads, TimeSpan time)
    {
        var deadline = Deadline.After(time);
        foreach (var thread in threads) thread.Join(deadline.RemainingMilliseconds);
    }

    private void AcceptAll()
    {
        while (!_stopping.IsSet)
        {
            try
            {
                Begin(_socket!.Accept());
            }
            catch (Exception) when (_stopping.IsSet)
            {
                return;
            }
            catch (Exception e)
            {
                // A connection that failed before it was accepted, or no file handles or threads left: try again, not at full speed.
                _logger.AcceptFailed(e.Message);
                _stopping.Wait(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private void Begin(Socket socket)
    {
        AssociationServer? server = null;
        try
        {
            if (!HasRoom())
            {
                _logger.Overloaded(socket.RemoteEndPoint as IPEndPoint, _running.Count);
                socket.Dispose();
                return;
            }
            var association = new Association(new Transport(socket), _options, isRequestor: false);
            server = new AssociationServer(association, _options, _contexts, _services, _policy, _places, _logger);
            var thread = new Thread(() => Run(server)) { IsBackground = true, Name = $"DICOM association {association.Id}" };
            _running[server] = thread;
            thread.Start();
        }
        catch
        {
            if (server is not null) _running.TryRemove(server, out _);
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes room among the connections without an association: the oldest goes.</summary>
    private bool HasRoom()
    {
        // Most often there is no need to look at each.
        if (_running.Count < _options.MaxUnassociated) return true;
        var unassociated = _running.Keys.Where(s => !s.HasPlace).OrderBy(s => s.Association.Id).ToList();
        foreach (var oldest in unassociated.Take(unassociated.Count - _options.MaxUnassociated + 1)) oldest.Association.Cut();
        return unassociated.Count < CutTolerance * _options.MaxUnassociated;
    }

    private void Run(AssociationServer server)
    {
        try
        {
            server.Run();
        }
        finally
        {
            server.Association.Dispose();
            _running.TryRemove(server, out _);
        }
    }
}
