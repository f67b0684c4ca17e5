using System.Diagnostics;
using Pacs.Dicom.Messages;

namespace Pacs.Dicom.Net;

/// <summary>
/// The outstanding operations of one association whose peer negotiated an asynchronous operations window (PS3.7
/// §D.3.3.3). The association's thread goes on receiving while operations that called <see cref="DimseRequest.Continue"/>
/// end on threads of their own; those are made when they are first needed and last as long as the association.
/// </summary>
/// <param name="size">Operations at a time. A peer that asks for more waits.</param>
/// <param name="association">For the names of threads.</param>
internal sealed class OperationWindow(int size, long association)
{
    private readonly object _gate = new();
    private readonly object _invoking = new();
    private readonly Dictionary<ushort, DimseRequest> _outstanding = [];
    private readonly Queue<Action> _waiting = [];
    private readonly List<Thread> _threads = [];
    private int _continued;
    private bool _isClosing;
    private long _lastEnd;
    private ushort? _awaited;
    private CommandSet? _response;

    /// <summary>Takes a place for a request, waiting for one; tells why the request cannot be performed, or null.</summary>
    public DimseStatus? Begin(DimseRequest request)
    {
        lock (_gate)
        {
            if (_outstanding.ContainsKey(request.Command.MessageId)) return DimseStatus.DuplicateInvocation;
            while (_outstanding.Count == size)
            {
                // The response that would end one of them is behind this request: waiting would be for ever.
                if (_awaited is not null) return DimseStatus.ResourceLimitation;
                Monitor.Wait(_gate);
            }
            _outstanding.Add(request.Command.MessageId, request);
            return null;
        }
    }

    /// <summary>
    /// Gives the place of a request back: its final response is about to go out, from when on the peer may send another, with
    /// the same message identifier; or there will not be one.
    /// </summary>
    public void End(DimseRequest request)
    {
        lock (_gate)
        {
            if (_outstanding.GetValueOrDefault(request.Command.MessageId) != request) return;
            _outstanding.Remove(request.Command.MessageId);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Runs beside the association's thread. Must not throw. False when there is no thread to be had for it.</summary>
    public bool Continue(Action operation)
    {
        lock (_gate)
        {
            if (_continued >= _threads.Count && _threads.Count < size && !TryAddThread() && _threads.Count == 0) return false;
            _continued++;
            _waiting.Enqueue(operation);
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Hands what came to whom it is for: a cancel to its request, a response to <see cref="Invoke"/>. False when it is for the association's thread.</summary>
    public bool Takes(CommandSet command)
    {
        lock (_gate)
        {
            if (command.Command == CommandField.CCancelRq)
            {
                // One for what is no longer outstanding was on its way before the final response arrived.
                if (_outstanding.TryGetValue(command.MessageIdBeingRespondedTo, out var request)) request.Cancel();
                return true;
            }
            if (!command.IsResponse || _awaited != command.MessageIdBeingRespondedTo) return false;
            (_response, _awaited) = (command, null);
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>
    /// Sends a request of ours and waits for its response, which the association's thread receives. One at a time: that is
    /// what this side negotiates for itself. Null when it did not come in time.
    /// </summary>
    /// <exception cref="AssociationClosedException">Nothing is received any more.</exception>
    public CommandSet? Invoke(ushort messageId, Action send, TimeSpan timeout)
    {
        lock (_invoking)
        {
            try
            {
                lock (_gate)
                {
                    _awaited = messageId;
                    Monitor.PulseAll(_gate);
                }
                send();
                var deadline = Deadline.After(timeout);
                lock (_gate)
                {
                    for (_response = _awaited is null ? _response : null; _response is null;)
                    {
                        if (_isClosing) throw new AssociationClosedException("The association ends; a response will not come.");
                        if (deadline.RemainingMilliseconds is not (> 0 and var milliseconds)) return null;
                        Monitor.Wait(_gate, milliseconds);
                    }
                    return _response;
                }
            }
            finally
            {
                lock (_gate) (_awaited, _response) = (null, null);
            }
        }
    }

    /// <summary>No request of the peer is being performed.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate) return _continued == 0 && _outstanding.Count == 0;
        }
    }

    /// <summary>Operations go on beside the association's thread, or the last one ended less than this ago.</summary>
    public bool WasBusyWithin(TimeSpan time)
    {
        lock (_gate) return _continued > 0 || (_lastEnd != 0 && Stopwatch.GetElapsedTime(_lastEnd) < time);
    }

    /// <summary>Nothing is received any more: waits until the operations have ended, and their threads with them.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads) thread.Join();
    }

    /// <summary>False when the system has no more threads: those that are there do the work.</summary>
    private bool TryAddThread()
    {
        var thread = new Thread(Work) { IsBackground = true, Name = $"DICOM association {association}.{_threads.Count + 1}" };
        try
        {
            thread.Start();
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
        _threads.Add(thread);
        return true;
    }

    private void Work()
    {
        while (true)
        {
            Action operation;
            lock (_gate)
            {
                while (_waiting.Count == 0)
                {
                    if (_isClosing) return;
                    Monitor.Wait(_gate);
                }
                operation = _waiting.Dequeue();
            }
            operation();
            lock (_gate)
            {
                _continued--;
                _lastEnd = Stopwatch.GetTimestamp();
            }
        }
    }
}
