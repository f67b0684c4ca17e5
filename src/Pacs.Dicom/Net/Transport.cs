using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Pacs.Dicom.Net;

/// <summary>
/// A connection, blocking, with a limit to every wait. The only class that knows sockets. One thread may receive while
/// another sends. Once secured, everything passes a <see cref="TlsChannel"/>.
/// </summary>
internal sealed class Transport : IDisposable
{
    private const int TcpLevel = 6;
    private const int TcpQuickAck = 12;
    private static readonly byte[] On = [1, 0, 0, 0];

    private readonly Socket _socket;
    private TlsChannel? _tls;
    private int _receiveTimeout;
    private int _sendTimeout;

    public Transport(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
        RemoteEndPoint = Unmapped((IPEndPoint)socket.RemoteEndPoint!);
        LocalEndPoint = Unmapped((IPEndPoint)socket.LocalEndPoint!);
    }

    public IPEndPoint RemoteEndPoint { get; }
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Bytes, or the end of the connection, can be received without waiting.</summary>
    public bool HasInput => _tls is { } tls ? tls.HasInput : HasWireInput;

    /// <summary>Waits until there is input, or nothing came in time.</summary>
    public bool WaitForInput(Deadline deadline)
    {
        while (!HasInput)
        {
            if (deadline.RemainingMilliseconds is not (> 0 and var milliseconds)) return false;
            _socket.Poll(TimeSpan.FromMilliseconds(milliseconds), SelectMode.SelectRead);
        }
        return true;
    }

    /// <summary>The TLS certificate of the peer; null without one.</summary>
    public X509Certificate2? PeerCertificate => _tls?.PeerCertificate;

    internal bool HasWireInput => _socket.Poll(0, SelectMode.SelectRead);

    /// <exception cref="SocketException">No connection, with <see cref="SocketError.TimedOut"/> when it took too long.</exception>
    public static Transport Connect(string host, int port, TimeSpan timeout, CancellationToken cancellation)
    {
        var deadline = Deadline.After(timeout);
        var addresses = IPAddress.TryParse(host, out var address) ? [address] : Resolve(host, timeout, cancellation);
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                // The send timeout bounds a blocking connect too; ConnectAsync would make the socket non-blocking for good.
                socket.SendTimeout = Math.Max(1, deadline.RemainingMilliseconds);
                using (cancellation.UnsafeRegister(static s => ((Socket)s!).Dispose(), socket)) socket.Connect(addresses[i], port);
                cancellation.ThrowIfCancellationRequested();
                return new Transport(socket);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                socket.Dispose();
                cancellation.ThrowIfCancellationRequested();
                if (i + 1 == addresses.Length || deadline.RemainingMilliseconds == 0) throw;
            }
        }
    }

    /// <summary>Does the TLS handshake, before anything else is received or sent.</summary>
    /// <exception cref="AuthenticationException">The two sides do not agree, or do not trust each other.</exception>
    /// <exception cref="TimeoutException">The peer takes too long.</exception>
    /// <exception cref="SocketException">The connection was lost.</exception>
    public void Secure(SslServerAuthenticationOptions options, Deadline deadline) => _tls = TlsChannel.SecureAsServer(this, options, deadline);

    /// <inheritdoc cref="Secure(SslServerAuthenticationOptions, Deadline)"/>
    public void Secure(SslClientAuthenticationOptions options, Deadline deadline) => _tls = TlsChannel.SecureAsClient(this, options, deadline);

    /// <summary>Waits for bytes and takes what fits; 0 when the peer has closed.</summary>
    /// <exception cref="TimeoutException">Nothing came in time.</exception>
    /// <exception cref="SocketException">The connection was lost.</exception>
    public int Receive(Span<byte> buffer, Deadline deadline) => _tls is { } tls ? tls.Receive(buffer, deadline) : ReceiveFromWire(buffer, deadline);

    /// <summary>Waits for room and sends some of the bytes, at least one.</summary>
    /// <exception cref="TimeoutException">The peer takes nothing.</exception>
    /// <exception cref="SocketException">The connection was lost.</exception>
    public int Send(ReadOnlySpan<byte> bytes, TimeSpan timeout) => _tls is { } tls ? tls.Send(bytes, timeout) : SendToWire(bytes, (int)Math.Max(1, timeout.TotalMilliseconds));

    internal int ReceiveFromWire(Span<byte> buffer, Deadline deadline)
    {
        var milliseconds = deadline.RemainingMilliseconds;
        if (milliseconds == 0) throw new TimeoutException();
        if (milliseconds != _receiveTimeout) _socket.ReceiveTimeout = _receiveTimeout = milliseconds;
        // A peer that leaves Nagle's algorithm on waits for our acknowledgement, which the kernel would delay by 40 ms;
        // it forgets this wish after each send.
        if (OperatingSystem.IsLinux()) _socket.SetRawSocketOption(TcpLevel, TcpQuickAck, On);
        var received = _socket.Receive(buffer, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => received,
            SocketError.TimedOut or SocketError.WouldBlock => throw new TimeoutException(),
            _ => throw new SocketException((int)error),
        };
    }

    internal int SendToWire(ReadOnlySpan<byte> bytes, int milliseconds)
    {
        if (milliseconds != _sendTimeout) _socket.SendTimeout = _sendTimeout = milliseconds;
        var sent = _socket.Send(bytes, SocketFlags.None, out var error);
        if (sent > 0) return sent;
        throw error is SocketError.TimedOut or SocketError.WouldBlock ? new TimeoutException() : new SocketException((int)error);
    }

    /// <summary>From any thread: receiving ends as if the peer had closed; sending still works.</summary>
    public void ShutdownReceive() => Shutdown(SocketShutdown.Receive);

    /// <summary>From any thread: ends whatever waits.</summary>
    public void Shutdown() => Shutdown(SocketShutdown.Both);

    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
    }

    private void Shutdown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already closed, by either side: that is what was wanted.
        }
    }

    private static IPAddress[] Resolve(string host, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            var addresses = Dns.GetHostAddressesAsync(host, cancellation).WaitAsync(timeout, cancellation).GetAwaiter().GetResult();
            return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
        }
        catch (TimeoutException)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    private static IPEndPoint Unmapped(IPEndPoint point) => point.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(point.Address.MapToIPv4(), point.Port) : point;
}
