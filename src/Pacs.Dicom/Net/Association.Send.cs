using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>From messages to sent bytes: framed into one buffer, sent in large steps. Whole messages at a time, whichever thread they come from.</summary>
internal sealed partial class Association
{
    /// <summary>Small responses wait for each other until this many bytes, or <see cref="Coalescing"/>, are reached.</summary>
    private const int CoalescedLength = 64 * 1024;

    /// <summary>Sent at a time to a peer that lets us wait, so that its pace is known; to others, all that there is with one system call.</summary>
    private const int SlowStep = 64 * 1024;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Coalescing = TimeSpan.FromMilliseconds(20);

    private readonly ArrayBufferWriter<byte> _encoded = new();
    private byte[] _out = [];
    private int _outLength;
    private int _maxFragmentLength;
    private long _lastSend;
    private Pace _sendPace;
    private int _sendStep = int.MaxValue;

    /// <summary>Writes a whole message. It goes out with <see cref="Flush"/>, or by itself once others have been waiting with it.</summary>
    public void Write(PresentationContext context, CommandSet command, DicomDataset? dataset)
    {
        command.HasDataset = dataset is not null;
        lock (Sending)
        {
            WriteCommand(context, command);
            if (dataset is not null)
            {
                _encoded.ResetWrittenCount();
                DatasetWriter.Write(dataset, context.TransferSyntax, _encoded);
                WriteFragments(context, isCommand: false, _encoded.WrittenSpan);
            }
            if (_outLength >= CoalescedLength || Stopwatch.GetElapsedTime(_lastSend) >= Coalescing) Flush();
        }
    }

    /// <summary>Sends a whole message, its data set as it is read from the stream.</summary>
    public void Send(PresentationContext context, CommandSet command, Stream dataset)
    {
        command.HasDataset = true;
        lock (Sending)
        {
            WriteCommand(context, command);
            WriteDataset(context, dataset);
            Flush();
        }
    }

    /// <summary>Sends what has been written.</summary>
    public void Flush()
    {
        lock (Sending)
        {
            if (_outLength == 0) return;
            var length = _outLength;
            _outLength = 0;
            _lastSend = Stopwatch.GetTimestamp();
            SendBytes(_out.AsSpan(0, length));
        }
    }

    /// <summary>
    /// Sends what has been written, before the association's thread waits for the peer. Not where operations go on beside
    /// it: they send theirs, and a peer that takes nothing before all it has to say is said must still be listened to.
    /// </summary>
    private void FlushBeforeWaiting()
    {
        if (Window is null) Flush();
    }

    private void WriteCommand(PresentationContext context, CommandSet command)
    {
        // DT-1 and AR-7 leave the state as it is: the one thing of the table that any thread may do.
        EnsureUsable();
        _encoded.ResetWrittenCount();
        command.Write(_encoded);
        WriteFragments(context, isCommand: true, _encoded.WrittenSpan);
        DicomTelemetry.MessageSent(command.Command);
    }

    private void WriteFragments(PresentationContext context, bool isCommand, ReadOnlySpan<byte> bytes)
    {
        do
        {
            var fragment = bytes[..Math.Min(bytes.Length, _maxFragmentLength)];
            bytes = bytes[fragment.Length..];
            var frame = Reserve(PduWriter.PDataHeaderLength + fragment.Length);
            PduWriter.WritePDataHeader(frame, context.Id, isCommand, bytes.IsEmpty, fragment.Length);
            fragment.CopyTo(frame[PduWriter.PDataHeaderLength..]);
            _outLength += frame.Length;
        }
        while (!bytes.IsEmpty);
    }

    /// <summary>
    /// Reads the stream straight into frames of the send buffer. Whether a frame is the last is known from the stream's
    /// length, or for one that cannot tell, from a byte read ahead.
    /// </summary>
    private void WriteDataset(PresentationContext context, Stream dataset)
    {
        var remaining = dataset.CanSeek ? dataset.Length - dataset.Position : (long?)null;
        var (ahead, aheadLength) = (new byte[1], 0);
        for (var isLast = false; !isLast;)
        {
            var frame = Reserve(PduWriter.PDataHeaderLength + (int)Math.Min(_maxFragmentLength, remaining ?? _maxFragmentLength));
            var fragment = frame[PduWriter.PDataHeaderLength..];
            ahead.AsSpan(0, aheadLength).CopyTo(fragment);
            var length = aheadLength + dataset.ReadAtLeast(fragment[aheadLength..], fragment.Length - aheadLength, throwOnEndOfStream: remaining is not null);
            if (remaining is null) aheadLength = length < fragment.Length ? 0 : dataset.ReadAtLeast(ahead, 1, throwOnEndOfStream: false);
            isLast = remaining is null ? aheadLength == 0 : (remaining -= length) == 0;
            PduWriter.WritePDataHeader(frame, context.Id, isCommand: false, isLast, length);
            _outLength += PduWriter.PDataHeaderLength + length;
        }
    }

    /// <summary>Room for a frame behind what has been written; sends that when there is none.</summary>
    private Span<byte> Reserve(int length)
    {
        if (_outLength + length > _out.Length) Grow(length);
        if (_outLength + length > _out.Length) Flush();
        return _out.AsSpan(_outLength, length);
    }

    private void Grow(int length)
    {
        var wanted = Math.Max(Math.Min(_outLength + length, BufferLength), length);
        if (wanted <= _out.Length) return;
        // Two steps, a small one for responses, a large one for objects, are all that is needed.
        var larger = ArrayPool<byte>.Shared.Rent(wanted <= CoalescedLength ? CoalescedLength : Math.Max(wanted, BufferLength));
        _out.AsSpan(0, _outLength).CopyTo(larger);
        if (_out.Length > 0) ArrayPool<byte>.Shared.Return(_out);
        _out = larger;
    }

    private void SendPdu(Pdu pdu)
    {
        lock (Sending) SendBytes(PduWriter.ToArray(pdu));
    }

    private void SendBytes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                var began = Stopwatch.GetTimestamp();
                var sent = _transport.Send(bytes[..Math.Min(bytes.Length, _sendStep)], _options.NetworkTimeout);
                var waited = Stopwatch.GetElapsedTime(began);
                bytes = bytes[sent..];
                DicomTelemetry.Sent(sent);
                if (!_sendPace.Keeps(sent, waited)) throw new TimeoutException();
                _sendStep = waited > Slow ? SlowStep : int.MaxValue;
            }
        }
        catch (TimeoutException)
        {
            throw TimedOut("sending");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw ConnectionLost(e);
        }
    }
}
