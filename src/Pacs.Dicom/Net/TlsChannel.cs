using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Pacs.Dicom.Net;

/// <summary>
/// TLS over the blocking reads and writes of a <see cref="Transport"/>, with its limits to every wait (PS3.15 Annex B: BCP
/// 195, so 1.2 and 1.3 where the options leave the version open). One thread may read while another writes.
/// </summary>
internal sealed class TlsChannel : IDisposable
{
    /// <summary>The longest plaintext of a record (RFC 8446 §5.1): each is to be taken by the peer within one timeout.</summary>
    private const int RecordLength = 16 * 1024;

    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>To say goodbye; a peer that is not interested must not hold anything up.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    private readonly Wire _wire;
    private readonly SslStream _stream;
    private byte[] _ahead = [];
    private int _aheadStart;
    private int _aheadEnd;
    private bool _isAtEnd;
    private bool _mayHoldMore;

    private TlsChannel(Transport transport)
    {
        _wire = new Wire(transport);
        _stream = new SslStream(_wire, leaveInnerStreamOpen: true);
    }

    /// <summary>Of the peer, accepted by the options; null when it showed none.</summary>
    public X509Certificate2? PeerCertificate => _stream.RemoteCertificate as X509Certificate2;

    /// <summary>Bytes, or the end of the connection, can be received without waiting: parts of a record do not count.</summary>
    public bool HasInput
    {
        get
        {
            if (_aheadEnd > _aheadStart || _isAtEnd) return true;
            if (!_mayHoldMore && !_wire.HasInput) return false;
            if (_ahead.Length == 0) _ahead = new byte[RecordLength];
            try
            {
                (_aheadStart, _aheadEnd) = (0, Read(_ahead, Deadline.After(TimeSpan.Zero)));
                _isAtEnd = _aheadEnd == 0;
                return true;
            }
            catch (TimeoutException)
            {
                _mayHoldMore = false;
                return false;
            }
        }
    }

    /// <inheritdoc cref="SecureAsClient"/>
    public static TlsChannel SecureAsServer(Transport transport, SslServerAuthenticationOptions options, Deadline deadline)
    {
        if (options.EnabledSslProtocols == SslProtocols.None) options.EnabledSslProtocols = Protocols;
        return Secure(transport, deadline, stream => stream.AuthenticateAsServer(options));
    }

    /// <exception cref="AuthenticationException">The two sides do not agree, or do not trust each other.</exception>
    /// <exception cref="TimeoutException">The peer takes too long.</exception>
    /// <exception cref="SocketException">The connection was lost.</exception>
    public static TlsChannel SecureAsClient(Transport transport, SslClientAuthenticationOptions options, Deadline deadline)
    {
        if (options.EnabledSslProtocols == SslProtocols.None) options.EnabledSslProtocols = Protocols;
        return Secure(transport, deadline, stream => stream.AuthenticateAsClient(options));
    }

    /// <inheritdoc cref="Transport.Receive"/>
    public int Receive(Span<byte> buffer, Deadline deadline)
    {
        if (_aheadEnd == _aheadStart) return _isAtEnd ? 0 : Read(buffer, deadline);
        var length = Math.Min(buffer.Length, _aheadEnd - _aheadStart);
        _ahead.AsSpan(_aheadStart, length).CopyTo(buffer);
        _aheadStart += length;
        return length;
    }

    /// <inheritdoc cref="Transport.Send"/>
    public int Send(ReadOnlySpan<byte> bytes, TimeSpan timeout)
    {
        var record = bytes[..Math.Min(bytes.Length, RecordLength)];
        _wire.WriteDeadline = Deadline.After(timeout);
        try
        {
            _stream.Write(record);
            return record.Length;
        }
        catch (IOException e)
        {
            throw Cause(e);
        }
    }

    /// <summary>Tells the peer that nothing more comes, so that it can tell an end from a cut.</summary>
    public void Dispose()
    {
        _wire.ReadDeadline = _wire.WriteDeadline = Deadline.After(CloseTimeout);
        try
        {
            _stream.ShutdownAsync().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or NotSupportedException or AuthenticationException)
        {
            // Closed already, by either side, or never secured: there is nobody to tell.
        }
        _stream.Dispose();
    }

    private static TlsChannel Secure(Transport transport, Deadline deadline, Action<SslStream> authenticate)
    {
        var channel = new TlsChannel(transport);
        channel._wire.ReadDeadline = channel._wire.WriteDeadline = deadline;
        try
        {
            authenticate(channel._stream);
            return channel;
        }
        catch (Exception e)
        {
            channel._stream.Dispose();
            if (e is IOException io) throw Cause(io);
            throw;
        }
    }

    private int Read(Span<byte> buffer, Deadline deadline)
    {
        _wire.ReadDeadline = deadline;
        try
        {
            var length = _stream.Read(buffer);
            // A read gives what whole records hold: only one that filled the buffer leaves some of it behind.
            _mayHoldMore = length == buffer.Length;
            return length;
        }
        catch (IOException e)
        {
            throw Cause(e);
        }
    }

    /// <summary>What the socket said; a record that cannot be read is as good as a lost connection.</summary>
    private static Exception Cause(IOException wrapped)
    {
        for (var e = wrapped.InnerException; e is not null; e = e.InnerException)
            if (e is TimeoutException or SocketException) return e;
        return new SocketException((int)SocketError.ConnectionAborted, $"TLS: {wrapped.Message}");
    }

    /// <summary>The socket as the stream that <see cref="SslStream"/> works on. What fails is wrapped in an <see cref="IOException"/>: it takes that as something to go on after.</summary>
    private sealed class Wire(Transport transport) : Stream
    {
        public Deadline ReadDeadline { get; set; }
        public Deadline WriteDeadline { get; set; }
        public bool HasInput => transport.HasWireInput;

        public override bool CanRead => true;
        public override bool CanWrite => true;
        public override bool CanSeek => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            try
            {
                // What has arrived is given even when there is no time left to wait for more.
                if (ReadDeadline.RemainingMilliseconds == 0 && HasInput) ReadDeadline = Deadline.After(TimeSpan.FromMilliseconds(1));
                return transport.ReceiveFromWire(buffer, ReadDeadline);
            }
            catch (Exception e) when (e is TimeoutException or SocketException or ObjectDisposedException)
            {
                throw new IOException(e.Message, e);
            }
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                while (!buffer.IsEmpty)
                {
                    if (WriteDeadline.RemainingMilliseconds is not (> 0 and var milliseconds)) throw new TimeoutException();
                    buffer = buffer[transport.SendToWire(buffer, milliseconds)..];
                }
            }
            catch (Exception e) when (e is TimeoutException or SocketException or ObjectDisposedException)
            {
                throw new IOException(e.Message, e);
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        // Only the goodbye comes this way; it has its deadline as everything else.
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
