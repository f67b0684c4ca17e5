using System.Net.Sockets;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>Establishment, release and abort: what the actions of PS3.8 Tables 9-6 to 9-9 do.</summary>
internal sealed partial class Association
{
    /// <summary>After an abort of ours the peer has this long to read it before the connection goes.</summary>
    private static readonly TimeSpan AbortLinger = TimeSpan.FromSeconds(1);

    private volatile bool _isStopRequested;
    private volatile bool _isBusy;

    public bool IsStopRequested => _isStopRequested;

    /// <summary>Acceptor: secures the connection where that is asked for, then waits for the A-ASSOCIATE-RQ. Null when the upper layer itself had to reject it.</summary>
    public AAssociateRq? ReceiveRequest()
    {
        var deadline = Deadline.After(_options.ArtimTimeout);
        Secure(deadline);
        AwaitControl(deadline);
        return _machine.State == AssociationState.AwaitingLocalAssociateResponse ? (AAssociateRq)_control! : null;
    }

    public void Accept(AAssociateAc response, AssociationInfo info, OperationWindow? window)
    {
        Window = window;
        Establish(info, info.Peer.MaxPduLength);
        Perform(AssociationEvent.AssociateAccept, response);
    }

    /// <summary>Rejects and waits for the peer to close.</summary>
    public void Reject(Rejection rejection) => Perform(AssociationEvent.AssociateReject, new AAssociateRj(rejection));

    /// <summary>Requestor: asks and waits for the acceptance.</summary>
    /// <exception cref="AssociationRejectedException">The peer says no.</exception>
    public AAssociateAc Request(AAssociateRq request)
    {
        Secure(Deadline.After(_options.ArtimTimeout));
        Perform(AssociationEvent.ConnectConfirmation, request);
        AwaitControl(Deadline.After(_options.ArtimTimeout));
        return (AAssociateAc)_control!;
    }

    public void Requested(AssociationInfo info) => Establish(info, info.Peer.MaxPduLength);

    /// <summary>Answers the peer's release request and waits for it to close.</summary>
    public void AcceptRelease()
    {
        Flush();
        Perform(AssociationEvent.ReleaseResponse, new AReleaseRp());
    }

    /// <summary>Releases; data that still comes is ignored (AR-6), a release request of the peer at the same time is answered (AR-8 to AR-10).</summary>
    public void Release()
    {
        EnsureUsable();
        Flush();
        Perform(AssociationEvent.ReleaseRequest, new AReleaseRq());
        var deadline = Deadline.After(_options.ArtimTimeout);
        while (_machine.State != AssociationState.Idle)
        {
            if (_machine.State is AssociationState.CollisionRequestorAwaitingLocal or AssociationState.CollisionAcceptorAwaitingLocal)
                Perform(AssociationEvent.ReleaseResponse, new AReleaseRp());
            else
                AwaitControl(deadline);
        }
    }

    /// <summary>Aborts, if there is anything to abort. Never throws.</summary>
    public void Abort()
    {
        if (!IsHome)
        {
            CutFor(new AssociationClosedException("This side gave up a message that it was sending."));
            return;
        }
        if (StateTable.Action(AssociationEvent.AbortRequest, _machine.State) == AssociationAction.AA1)
        {
            _machine.Step(AssociationEvent.AbortRequest);
            TrySendAbort(AbortSource.ServiceUser, AbortReason.NotSpecified);
            AwaitClose(inStep: true, AbortLinger);
        }
        Close();
    }

    /// <summary>From any thread: the association is aborted when it next waits for a message, at once if it does already.</summary>
    public void RequestStop()
    {
        _isStopRequested = true;
        Interlocked.MemoryBarrier();
        if (!_isBusy) _transport.ShutdownReceive();
    }

    /// <summary>From any thread: the connection is gone.</summary>
    public void Cut() => _transport.Shutdown();

    private void BeBusy(bool isBusy)
    {
        _isBusy = isBusy;
        Interlocked.MemoryBarrier();
        if (!isBusy && _isStopRequested) throw Stopped();
    }

    private void EnsureUsable()
    {
        if (_machine.State is not (AssociationState.Established or AssociationState.AwaitingLocalReleaseResponse))
            throw new AssociationClosedException("The association is over.");
    }

    /// <summary>Steps the state table and does what it says.</summary>
    /// <param name="event">What happened.</param>
    /// <param name="pdu">What a sending action sends.</param>
    private void Perform(AssociationEvent @event, Pdu? pdu = null)
    {
        var isAcceptable = _control is not AAssociateRq { ProtocolVersion: var version } || (version & 1) != 0;
        switch (_machine.Step(@event, isAcceptable))
        {
            case AssociationAction.AE2 or AssociationAction.AE7 or AssociationAction.AR1 or AssociationAction.AR9:
                SendPdu(pdu!);
                break;
            case AssociationAction.AE4:
                Close();
                throw new AssociationRejectedException(((AAssociateRj)_control!).Rejection);
            case AssociationAction.AE6 when _machine.State == AssociationState.AwaitingClose:
                SendPdu(new AAssociateRj(Rejection.ProtocolVersionNotSupported));
                AwaitClose(inStep: true, _options.ArtimTimeout);
                break;
            case AssociationAction.AE8 or AssociationAction.AR4:
                SendPdu(pdu!);
                AwaitClose(inStep: true, _options.ArtimTimeout);
                break;
            case AssociationAction.AR3:
                Close();
                break;
            case AssociationAction.AA1:
                TrySendAbort(AbortSource.ServiceUser, AbortReason.NotSpecified);
                throw Violated(AbortReason.UnexpectedPdu, $"{@event} before an association.", inStep: true);
            case AssociationAction.AA2 or AssociationAction.AA3:
                Close();
                var abort = (AAbort)_control!;
                throw new AssociationAbortedException(abort.Source, abort.Reason);
            case AssociationAction.AA7:
                TrySendAbort(AbortSource.ServiceProvider, AbortReason.UnexpectedPdu);
                break;
            case AssociationAction.AA8:
                var state = _machine.State;
                TrySendAbort(AbortSource.ServiceProvider, AbortReason.UnexpectedPdu);
                throw Violated(AbortReason.UnexpectedPdu, $"{@event} while {state}.", inStep: true);
            default:
                // AE-3, AE-5, AE-6, DT-1, DT-2, AR-2, AR-6, AR-7, AR-8, AR-10, AA-6: the caller goes by the state.
                break;
        }
    }

    /// <summary>What the peer sent cannot be understood: event 19.</summary>
    private AssociationProtocolException Violation(AbortReason reason, string message, Exception? inner = null)
    {
        var source = _machine.Step(AssociationEvent.InvalidPduReceived) == AssociationAction.AA1 ? AbortSource.ServiceUser : AbortSource.ServiceProvider;
        TrySendAbort(source, reason);
        return Violated(reason, message, inStep: false, inner);
    }

    private AssociationProtocolException Violated(AbortReason reason, string message, bool inStep, Exception? inner = null)
    {
        AwaitClose(inStep, _options.ArtimTimeout);
        return new AssociationProtocolException(message, reason, inner);
    }

    private bool IsHome => _home is not { } home || home == Environment.CurrentManagedThreadId;

    /// <summary>From another thread than the one that moves the state: that one shall find the connection at its end, and know why.</summary>
    private T CutFor<T>(T cause) where T : AssociationException
    {
        _cause ??= cause;
        Cut();
        return cause;
    }

    private AssociationTimeoutException TimedOut(string doing)
    {
        var state = _machine.State;
        if (!IsHome) return CutFor(new AssociationTimeoutException($"The peer took too long, {doing} while {state}."));
        if (StateTable.Action(AssociationEvent.ArtimExpired, state) != AssociationAction.None) _machine.Step(AssociationEvent.ArtimExpired);
        else if (_machine.Step(AssociationEvent.AbortRequest) == AssociationAction.AA1 && doing != "sending") TrySendAbort(AbortSource.ServiceUser, AbortReason.NotSpecified);
        Close();
        return new AssociationTimeoutException($"The peer took too long, {doing} while {state}.");
    }

    private AssociationClosedException ConnectionLost(Exception? inner = null)
    {
        var state = _machine.State;
        if (!IsHome) return CutFor(new AssociationClosedException($"The connection ended while {state}.", inner));
        // A stop ends receiving; a connection that is lost while sending is lost, and others wait for this thread to stop sending.
        if (_isStopRequested && _cause is null && !Sending.IsHeldByCurrentThread) return Stopped();
        _machine.Step(AssociationEvent.ConnectionClosed);
        Close();
        return new AssociationClosedException(_cause?.Message ?? $"The connection ended while {state}.", _cause ?? inner);
    }

    private AssociationClosedException Stopped()
    {
        Window?.Close();
        Abort();
        return new AssociationClosedException("This side stops; the association was aborted.");
    }

    private void AwaitControl(Deadline deadline)
    {
        try
        {
            for (Arrival arrival; (arrival = TryTakeValue(out _)) != Arrival.Control;)
                if (arrival == Arrival.NeedMore) Fill(deadline);
        }
        catch (PduException e)
        {
            throw Violation(e.Reason, e.Message, e);
        }
    }

    /// <summary>Sta13: lets the peer close, so that it reads what was sent last. Closes when it does not.</summary>
    /// <param name="inStep">What comes can be read as PDUs; otherwise it is discarded.</param>
    /// <param name="timeout">The ARTIM timer.</param>
    private void AwaitClose(bool inStep, TimeSpan timeout)
    {
        var deadline = Deadline.After(timeout);
        try
        {
            while (_machine.State == AssociationState.AwaitingClose)
            {
                if (inStep && TryTakeInClosing(ref inStep)) continue;
                if (!inStep) _inStart = _inEnd;
                MakeRoom();
                var received = _transport.Receive(_in.AsSpan(_inEnd), deadline);
                if (received == 0) break;
                _inEnd += received;
            }
        }
        catch (Exception e) when (e is TimeoutException or SocketException or ObjectDisposedException or AssociationException)
        {
            // However it ends, it ends here.
        }
        Close();
    }

    private bool TryTakeInClosing(ref bool inStep)
    {
        try
        {
            return TryTakeValue(out _) != Arrival.NeedMore;
        }
        catch (PduException)
        {
            inStep = false;
            Perform(AssociationEvent.InvalidPduReceived);
            return false;
        }
    }

    private void TrySendAbort(AbortSource source, AbortReason reason)
    {
        // A message under way cannot be interrupted: closing says the same.
        if (!Sending.TryEnter(AbortLinger)) return;
        try
        {
            for (ReadOnlySpan<byte> bytes = PduWriter.ToArray(new AAbort(source, reason)); !bytes.IsEmpty;)
                bytes = bytes[_transport.Send(bytes, AbortLinger)..];
        }
        catch (Exception e) when (e is TimeoutException or SocketException or ObjectDisposedException)
        {
            // The peer is gone or deaf: closing tells it as much.
        }
        finally
        {
            Sending.Exit();
        }
    }

    private void Close()
    {
        _transport.Dispose();
        if (_machine.State == AssociationState.AwaitingClose) _machine.Step(AssociationEvent.ConnectionClosed);
    }
}
