using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Pacs.TestKit.Processes;

namespace Pacs.TestKit.Net;

/// <summary>
/// Stands before a peer, passes everything on, and counts: for a peer that goes away, comes back, or breaks off in the middle,
/// and for the question how often it was called meanwhile.
/// </summary>
public sealed class TcpRelay : IDisposable
{
    private readonly DicomAddress _target;
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<Socket, Socket> _open = [];
    private readonly ConcurrentQueue<DateTime> _calls = [];
    private long _budget = long.MaxValue;
    private long _passed;
    private int _mostAtOnce;

    public TcpRelay(DicomAddress target)
    {
        _target = target;
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start(512);
        Address = target with { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port };
        _ = AcceptAsync();
    }

    /// <summary>The peer's name, here.</summary>
    public DicomAddress Address { get; }

    /// <summary>Each connection that was asked for, when; those too that were turned away.</summary>
    public IReadOnlyList<DateTime> Calls => [.. _calls];

    /// <summary>Connections open at once, at most.</summary>
    public int MostAtOnce => _mostAtOnce;

    public int OpenConnections => _open.Count;

    /// <summary>What comes back from the peer is counted and slowed, instead of what goes to it: for a peer that is asked for much.</summary>
    public bool CountsAnswers { get; init; }

    /// <summary>Bytes passed on to the peer so far.</summary>
    public long BytesPassed => Interlocked.Read(ref _passed);

    /// <summary>True: connections are reset as soon as they are made, as if nobody listened. Those open are cut.</summary>
    public bool IsAway
    {
        get;
        set
        {
            field = value;
            if (value) Cut();
        }
    }

    /// <summary>How fast each connection to the peer is; as fast as it goes when null.</summary>
    public int? BytesPerSecond { get; set; }

    /// <summary>Bytes to the peer after which all connections are cut, once; for a break in the middle of something.</summary>
    public void CutAfter(long bytes) => Interlocked.Exchange(ref _budget, bytes);

    /// <summary>Resets all connections.</summary>
    public void Cut()
    {
        foreach (var (caller, called) in _open)
        {
            Reset(caller);
            Reset(called);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = RelayAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
            return;
        }
    }

    private async Task RelayAsync(Socket caller)
    {
        _calls.Enqueue(DateTime.UtcNow);
        using var called = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (caller)
        {
            caller.NoDelay = true;
            try
            {
                if (IsAway) throw new SocketException((int)SocketError.ConnectionReset);
                await called.ConnectAsync(_target.Host, _target.Port);
                _open[caller] = called;
                var open = _open.Keys.Count(c => !HasEnded(c));
                for (var most = _mostAtOnce; open > most; most = _mostAtOnce) Interlocked.CompareExchange(ref _mostAtOnce, open, most);
                await Task.WhenAll(PassAsync(caller, called, isCounted: !CountsAnswers), PassAsync(called, caller, isCounted: CountsAnswers));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Debug.WriteLine(e.Message);
                Reset(caller);
                Reset(called);
            }
            finally
            {
                _open.TryRemove(caller, out _);
            }
        }
    }

    /// <summary>One who has gone is gone for the other too, at once.</summary>
    private async Task PassAsync(Socket from, Socket to, bool isCounted)
    {
        try
        {
            await CopyAsync(from, to, isCounted);
        }
        catch (SocketException)
        {
            Reset(from);
            Reset(to);
            throw;
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool isCounted)
    {
        var buffer = new byte[128 * 1024];
        while (await from.ReceiveAsync(buffer.AsMemory(0, isCounted && BytesPerSecond is { } limit ? Math.Min(buffer.Length, Math.Max(1, limit / 20)) : buffer.Length)) is > 0 and var count)
        {
            if (isCounted && BytesPerSecond is { } rate)
            {
                // A slow line is what is wanted here, not a condition.
                using var line = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Max(1, 1000.0 * count / rate)));
                await line.WaitForNextTickAsync();
            }
            if (isCounted && Interlocked.Add(ref _budget, -count) < 0)
            {
                Interlocked.Exchange(ref _budget, long.MaxValue);
                Cut();
                return;
            }
            if (isCounted) Interlocked.Add(ref _passed, count);
            for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
        }
        to.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Whether the caller has closed or was cut off, be it that nobody has got round to that yet: who calls again afterwards is not there twice.</summary>
    private static bool HasEnded(Socket caller)
    {
        try
        {
            return caller.Poll(0, SelectMode.SelectRead) && caller.Available == 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    private static void Reset(Socket socket) => socket.Close(timeout: 0);
}
