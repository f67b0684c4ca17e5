using System.Buffers;
using System.Net;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>
/// Pumps bytes between a connection, the upper layer and messages; both sides of an association are built on it. One
/// thread receives and moves the state. Others may send whole messages; when that fails they cut the connection, so that
/// the thread of the association finds its end. Besides, <see cref="RequestStop"/> and <see cref="Cut"/> may come from
/// anywhere. What ends it throws an <see cref="AssociationException"/>, after the actions of the state table have been done
/// and the connection is closed.
/// </summary>
internal sealed partial class Association : IDisposable
{
    private static long _lastId;

    private readonly Transport _transport;
    private readonly AssociationOptions _options;
    private readonly AssociationStateMachine _machine;
    private readonly PduLimits _limits;
    private readonly PresentationContext?[] _contexts = new PresentationContext?[256];
    private int _lastMessageId;
    private int? _home;
    private volatile AssociationException? _cause;

    public Association(Transport transport, AssociationOptions options, bool isRequestor)
    {
        _transport = transport;
        _options = options;
        _machine = new AssociationStateMachine(isRequestor);
        _receivePace = _sendPace = new Pace(options.NetworkTimeout);
        _limits = new PduLimits { MaxPDataLength = (uint)options.MaxReceivePduLength };
        _machine.Step(isRequestor ? AssociationEvent.AssociateRequest : AssociationEvent.ConnectIndication);
    }

    public long Id { get; } = Interlocked.Increment(ref _lastId);
    public IPEndPoint RemoteEndPoint => _transport.RemoteEndPoint;
    public IPEndPoint LocalEndPoint => _transport.LocalEndPoint;
    public bool IsRequestor => _machine.IsRequestor;
    public bool IsEstablished => _machine.State == AssociationState.Established;

    /// <summary>Set once negotiated.</summary>
    public AssociationInfo Info { get; private set; } = null!;

    /// <summary>Held while a message is written, and by whoever has to know that none is.</summary>
    public Lock Sending { get; } = new();

    /// <summary>What the peer may have outstanding; null when that is one request at a time.</summary>
    public OperationWindow? Window { get; private set; }

    /// <summary>From another thread: the peer has asked for release. Throws when the association is over.</summary>
    public bool IsEnding
    {
        get
        {
            EnsureUsable();
            return _machine.State == AssociationState.AwaitingLocalReleaseResponse;
        }
    }

    /// <summary>The calling thread is the one that receives and moves the state, the only one. Without this, whichever thread comes.</summary>
    public void LiveOnThisThread() => _home = Environment.CurrentManagedThreadId;

    /// <summary>The next message identifier for a request of ours, 1 to 65,535.</summary>
    public ushort NextMessageId() => (ushort)(((uint)(Interlocked.Increment(ref _lastMessageId) - 1) % ushort.MaxValue) + 1);

    /// <summary>Contexts in which this side may send requests of the class.</summary>
    public IReadOnlyList<PresentationContext> FindContexts(string abstractSyntax) =>
        [.. Info.Contexts.Where(c => c.AbstractSyntax == abstractSyntax && (IsRequestor ? c.RequestorIsScu : c.RequestorIsScp))];

    /// <summary>The peer may send this request. All but N-EVENT-REPORT come from an SCU (PS3.7 §10.1).</summary>
    public bool MayBeRequested(Message message) =>
        IsRequestor == (message.Command.Command != CommandField.NEventReportRq) ? message.Context.RequestorIsScp : message.Context.RequestorIsScu;

    public void Dispose()
    {
        _transport.Dispose();
        lock (Sending) ReturnBuffers();
    }

    private void Establish(AssociationInfo info, uint? peerMaxPduLength)
    {
        // Without the mandatory item, the length that every implementation takes (PS3.8 §D.1).
        const uint unsaid = 16 * 1024;
        const int shortest = 64;
        var most = peerMaxPduLength switch { null => unsaid, 0 => uint.MaxValue, { } said => said };
        if (most < shortest) throw Violation(AbortReason.InvalidPduParameterValue, $"The peer takes PDUs of at most {most} bytes; messages need {shortest}.");
        Info = info with { MaxSendPduLength = (int)Math.Min(most, (uint)_options.MaxSendPduLength) };
        foreach (var context in info.Contexts) _contexts[context.Id] = context;
        // Fragments have an even number of bytes (PS3.8 §E.2 asks for what PS3.5 does).
        _maxFragmentLength = (Info.MaxSendPduLength - PresentationDataValue.HeaderLength) & ~1;
    }

    private void ReturnBuffers()
    {
        foreach (var buffer in (byte[][])[_in, _out])
            if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        (_in, _out, _inStart, _inEnd, _outLength) = ([], [], 0, 0, 0);
    }
}
