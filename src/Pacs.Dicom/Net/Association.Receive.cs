using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>From received bytes to parts of messages.</summary>
internal sealed partial class Association
{
    private const int FirstBufferLength = 16 * 1024;
    private const int BufferLength = 1024 * 1024;

    /// <summary>Buffers written with one system call (IOV_MAX).</summary>
    private const int MaxFragments = 1024;

    private readonly PDataReader _values = new();
    private readonly MessageAssembler _assembler = new();
    private readonly List<ReadOnlyMemory<byte>> _fragments = [];
    private byte[] _in = ArrayPool<byte>.Shared.Rent(FirstBufferLength);
    private int _inStart;
    private int _inEnd;
    private Message? _stashed;
    private Pace _receivePace;

    private enum Arrival
    {
        /// <summary>What is in the buffer is not enough to tell.</summary>
        NeedMore,
        Data,
        /// <summary>A PDU that moved the state: <see cref="_control"/>.</summary>
        Control,
    }

    private Pdu? _control;

    /// <summary>Acceptor, between requests: as <see cref="ReadMessage"/>, but a stop ends the wait.</summary>
    public bool ReadRequest(out Message message)
    {
        BeBusy(false);
        var isThere = ReadMessage(_options.IdleTimeout, out message);
        BeBusy(true);
        return isThere;
    }

    /// <summary>Waits for the next command. False when the peer asks for release.</summary>
    /// <param name="timeout">For its first byte.</param>
    /// <param name="message">Its data set is still to be read; what of it is not is skipped here.</param>
    public bool ReadMessage(TimeSpan timeout, out Message message)
    {
        message = default;
        if (_stashed is { } stashed)
        {
            (message, _stashed) = (stashed, null);
            if (!TryEndNotification(message.Command)) return true;
        }
        do
        {
            SkipDataset();
            FlushBeforeWaiting();
            if (_machine.State == AssociationState.AwaitingLocalReleaseResponse || !TakeCommand(timeout, out message)) return false;
        }
        while (TryEndNotification(message.Command) || Window?.Takes(message.Command) == true);
        return true;
    }

    private bool TakeCommand(TimeSpan timeout, out Message message)
    {
        message = default;
        while (true)
        {
            switch (Take(timeout, out var part))
            {
                case Arrival.Data when part == MessagePart.Command:
                    message = CompleteCommand();
                    return true;
                case Arrival.Control when _machine.State == AssociationState.AwaitingLocalReleaseResponse:
                    return false;
            }
        }
    }

    /// <summary>See <see cref="DimseRequest.ReadFragments"/>.</summary>
    public bool ReadFragments(out IReadOnlyList<ReadOnlyMemory<byte>> fragments)
    {
        _fragments.Clear();
        fragments = _fragments;
        while (_assembler.IsDatasetOpen && _fragments.Count < MaxFragments)
        {
            // Later bytes would move the buffer that the fragments are in.
            if (TryTake(out _, out var data) is var arrival && arrival == Arrival.NeedMore)
            {
                if (_fragments.Count > 0) return true;
                FlushBeforeWaiting();
                Fill(Deadline.After(_options.NetworkTimeout));
            }
            else if (arrival == Arrival.Control)
            {
                throw Violation(AbortReason.UnexpectedPdu, "The peer asks for release within a message.");
            }
            else if (!data.IsEmpty)
            {
                _fragments.Add(data);
            }
        }
        return _fragments.Count > 0;
    }

    /// <summary>Reads past what is left of the data set, within bounds: one that a refused request does not end is no request.</summary>
    public void SkipDataset()
    {
        long skipped = 0;
        while (ReadFragments(out var fragments))
        {
            foreach (var fragment in fragments) skipped += fragment.Length;
            if (skipped > _options.MaxSkippedLength) throw Violation(AbortReason.NotSpecified, $"A data set that is not wanted goes on for more than {_options.MaxSkippedLength} bytes.");
        }
    }

    /// <summary>Looks without waiting whether a C-CANCEL of the message has come, or a release request. Another request is kept for <see cref="ReadMessage"/>.</summary>
    public bool HasCancel(ushort messageId)
    {
        while (_stashed is null && !_assembler.IsDatasetOpen)
        {
            switch (TryTake(out var part, out _))
            {
                case Arrival.NeedMore:
                    if (!_transport.HasInput) return false;
                    Fill(Deadline.After(_options.NetworkTimeout));
                    break;
                case Arrival.Control:
                    return true;
                case Arrival.Data when part == MessagePart.Command:
                    var message = CompleteCommand();
                    if (message.Command.Command == CommandField.CCancelRq && message.Command.MessageIdBeingRespondedTo == messageId) return true;
                    if (Window?.Takes(message.Command) != true && message.Command.Command != CommandField.CCancelRq) _stashed = message;
                    break;
            }
        }
        return _machine.State == AssociationState.AwaitingLocalReleaseResponse;
    }

    /// <summary>Waits for the first byte of what the peer sends next. False when nothing came in time: the association goes on.</summary>
    public bool WaitForInput(TimeSpan timeout) => _stashed is not null || _inEnd > _inStart || _transport.WaitForInput(Deadline.After(timeout));

    private Message CompleteCommand() => new(_contexts[_assembler.ContextId]!, _assembler.Command!);

    private bool IsWithinMessage => _inEnd > _inStart || _values.IsWithinPdu || _assembler.IsWithinMessage;

    /// <summary>Waits for the next part or control PDU: as long as told for its first byte, then as for any other.</summary>
    private Arrival Take(TimeSpan timeout, out MessagePart part)
    {
        Arrival arrival;
        while ((arrival = TryTake(out part, out _)) == Arrival.NeedMore) Fill(Deadline.After(IsWithinMessage ? _options.NetworkTimeout : timeout));
        return arrival;
    }

    /// <summary>Takes what the buffer holds of messages; what is wrong with it ends the association.</summary>
    private Arrival TryTake(out MessagePart part, out ReadOnlyMemory<byte> data)
    {
        (part, data) = (MessagePart.Incomplete, default);
        try
        {
            var arrival = TryTakeValue(out var value);
            if (arrival != Arrival.Data) return arrival;
            if (_contexts[value.ContextId] is null)
                throw new PduException($"Presentation context {value.ContextId} was not accepted.", AbortReason.InvalidPduParameterValue);
            part = _assembler.Take(value);
            data = value.Data;
            return Arrival.Data;
        }
        catch (PduException e)
        {
            throw Violation(e.Reason, e.Message, e);
        }
        catch (DimseException e)
        {
            throw Violation(e.Reason, e.Message, e);
        }
    }

    /// <summary>Takes the next part of a presentation data value, or control PDU, off the buffer and moves the state.</summary>
    private Arrival TryTakeValue(out PresentationDataValue value)
    {
        while (true)
        {
            ReadOnlyMemory<byte> rest = _in.AsMemory(_inStart, _inEnd - _inStart);
            if (_values.IsWithinPdu)
            {
                var isTaken = _values.TryRead(ref rest, out value);
                _inStart = _inEnd - rest.Length;
                if (isTaken) return Arrival.Data;
                if (_values.IsWithinPdu) return Arrival.NeedMore;
                continue;
            }

            value = default;
            if (!PduHeader.TryRead(rest.Span, _limits, out var header)) return Arrival.NeedMore;
            if (header.Type == PduType.PDataTf)
            {
                _inStart += PduHeader.Size;
                Perform(AssociationEvent.DataReceived);
                _values.Begin(header);
                continue;
            }

            if (!PduReader.TryRead(rest.Span, _limits, out _control, out var consumed)) return Arrival.NeedMore;
            _inStart += consumed;
            Perform(EventOf(_control.Type));
            return Arrival.Control;
        }
    }

    /// <summary>Receives at least a byte behind what is in the buffer, which may move.</summary>
    private void Fill(Deadline deadline)
    {
        var isWithinMessage = IsWithinMessage;
        MakeRoom();
        var began = Stopwatch.GetTimestamp();
        int received;
        try
        {
            received = _transport.Receive(_in.AsSpan(_inEnd), deadline);
        }
        catch (TimeoutException) when (!isWithinMessage && Window?.WasBusyWithin(_options.IdleTimeout) == true)
        {
            // Nothing is to be expected of a peer that waits for its responses.
            return;
        }
        catch (TimeoutException)
        {
            throw TimedOut("receiving");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw ConnectionLost(e);
        }
        if (received == 0) throw ConnectionLost();
        _inEnd += received;
        DicomTelemetry.Received(received);
        if (!isWithinMessage) _receivePace.Reset();
        else if (!_receivePace.Keeps(received, Stopwatch.GetElapsedTime(began))) throw TimedOut("receiving");
    }

    private void MakeRoom()
    {
        // A receive that filled the buffer says that more is waiting: one system call should take it all.
        var isFull = _inEnd == _in.Length;
        var length = _inEnd - _inStart;
        if (isFull && _in.Length < BufferLength)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Min(4 * _in.Length, BufferLength));
            _in.AsSpan(_inStart, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_in);
            _in = larger;
        }
        else if (_inStart > 0)
        {
            _in.AsSpan(_inStart, length).CopyTo(_in);
        }
        (_inStart, _inEnd) = (0, length);
    }

    private static AssociationEvent EventOf(PduType type) => type switch
    {
        PduType.AAssociateRq => AssociationEvent.AssociateRqReceived,
        PduType.AAssociateAc => AssociationEvent.AssociateAcReceived,
        PduType.AAssociateRj => AssociationEvent.AssociateRjReceived,
        PduType.PDataTf => AssociationEvent.DataReceived,
        PduType.AReleaseRq => AssociationEvent.ReleaseRqReceived,
        PduType.AReleaseRp => AssociationEvent.ReleaseRpReceived,
        _ => AssociationEvent.AbortReceived,
    };
}
