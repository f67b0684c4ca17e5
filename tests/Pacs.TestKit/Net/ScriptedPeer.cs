using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.UpperLayer;

namespace Pacs.TestKit.Net;

/// <summary>A peer that does exactly what a test says, however wrong, on either side of a connection.</summary>
public sealed class ScriptedPeer : IDisposable
{
    private static readonly PduLimits Limits = new() { MaxPDataLength = 2 * 1024 * 1024 };

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly List<byte> _received = [];

    private ScriptedPeer(Socket socket, SslClientAuthenticationOptions? tls = null)
    {
        _socket = socket;
        socket.NoDelay = true;
        socket.ReceiveTimeout = (int)Eventually.Patience.TotalMilliseconds;
        _stream = new NetworkStream(socket);
        if (tls is null) return;
        var secured = new SslStream(_stream);
        secured.AuthenticateAsClient(tls);
        _stream = secured;
    }

    /// <summary>As a client of a listener on this machine, over TLS when there are options for it.</summary>
    public static ScriptedPeer Connect(IPEndPoint server, SslClientAuthenticationOptions? tls = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, server.Port);
        return new ScriptedPeer(socket, tls);
    }

    /// <summary>As a server: waits for a client at the listening socket.</summary>
    public static ScriptedPeer Accept(Socket listening) => new(listening.Accept());

    /// <summary>A socket that listens on a free port of this machine.</summary>
    public static Socket Listen(int backlog = 8)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(backlog);
        return socket;
    }

    /// <summary>A request that any listener accepts: verification, in context 1.</summary>
    public static AAssociateRq VerificationRequest { get; } = new()
    {
        CalledAeTitle = "ANY",
        CallingAeTitle = "SCRIPT",
        PresentationContexts = [new PresentationContextProposal(1, Uids.Verification, [Uids.ImplicitVRLittleEndian])],
        UserInformation = new UserInformation { MaxPduLength = 16384, ImplementationClassUid = "1.2.3" },
    };

    public ScriptedPeer Send(params byte[] bytes)
    {
        if (_stream is SslStream) _stream.Write(bytes);
        else _socket.Send(bytes);
        return this;
    }

    public ScriptedPeer Send(Pdu pdu) => Send(PduWriter.ToArray(pdu));

    /// <summary>Associates as <see cref="VerificationRequest"/>, or as told.</summary>
    public ScriptedPeer Associate(AAssociateRq? request = null)
    {
        Send(request ?? VerificationRequest).Expect<AAssociateAc>();
        return this;
    }

    /// <summary>The next PDU, which has to be of this kind.</summary>
    /// <exception cref="InvalidOperationException">It is of another, or the connection was closed.</exception>
    public T Expect<T>() where T : Pdu
    {
        while (true)
        {
            if (PduReader.TryRead(_received.ToArray(), Limits, out var pdu, out var consumed))
            {
                _received.RemoveRange(0, consumed);
                return pdu as T ?? throw new InvalidOperationException($"{typeof(T).Name} was expected, {pdu} came.");
            }
            if (!Receive()) throw new InvalidOperationException($"{typeof(T).Name} was expected, the connection was closed.");
        }
    }

    /// <summary>The other side closes without sending more.</summary>
    public void ExpectClose()
    {
        while (Receive()) { }
        if (_received.Count > 0) throw new InvalidOperationException($"The end was expected, {_received.Count} bytes came.");
    }

    /// <summary>The other side closes, whatever it sends before.</summary>
    public void ExpectEnd()
    {
        while (Receive()) { }
    }

    /// <summary>One byte, if there is one: a peer that reads as slowly as it can.</summary>
    public void TryReceiveByte()
    {
        try
        {
            if (_socket.Poll(0, SelectMode.SelectRead)) _socket.Receive(new byte[1]);
        }
        catch (SocketException)
        {
            // The other side has had enough.
        }
    }

    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset, as a crashed machine's successor would.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private bool Receive()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            var count = _stream.Read(buffer);
            _received.AddRange(buffer.AsSpan(0, count));
            return count > 0;
        }
        catch (IOException e) when (e.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return false;
        }
    }
}
