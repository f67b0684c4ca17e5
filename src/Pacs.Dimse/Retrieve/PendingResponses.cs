using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;

namespace Pacs.Dimse.Retrieve;

/// <summary>
/// The responses of a retrieve before the last: one after each object, and where objects go over another association one
/// every few seconds besides, so that no requestor takes a large object or a slow destination for a dead server.
/// </summary>
internal sealed class PendingResponses : IDisposable
{
    private readonly Lock _gate = new();
    private readonly DimseRequest _request;
    private readonly Suboperations _counts;
    private readonly ITimer? _timer;
    private AssociationException? _failure;
    private bool _isOver;

    /// <param name="request">The retrieve.</param>
    /// <param name="counts">Changed within <see cref="Report"/> only.</param>
    /// <param name="interval">Between responses of the timer; null for none.</param>
    /// <param name="time">Makes the timer.</param>
    public PendingResponses(DimseRequest request, Suboperations counts, TimeSpan? interval, TimeProvider time)
    {
        (_request, _counts) = (request, counts);
        if (interval is { } period) _timer = time.CreateTimer(static p => ((PendingResponses)p!).Tick(), this, period, period);
    }

    /// <summary>The requestor does not want the rest.</summary>
    /// <exception cref="AssociationException">It is gone.</exception>
    public bool IsCancelRequested
    {
        get
        {
            lock (_gate)
            {
                ThrowIfFailed();
                return _request.IsCancelRequested;
            }
        }
    }

    /// <summary>Counts what came of an object, and tells.</summary>
    public void Report(Action<Suboperations> count)
    {
        lock (_gate)
        {
            ThrowIfFailed();
            count(_counts);
            if (_counts.Remaining > 0) _request.Respond(_counts.Pending(_request.Command));
        }
    }

    /// <summary>After it no response is under way, and none follows.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_gate) _isOver = true;
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_isOver || _failure is not null) return;
            try
            {
                _request.Respond(_counts.Pending(_request.Command));
                _request.Flush();
            }
            catch (AssociationException e)
            {
                // For the thread of the request, which is with an object now.
                _failure = e;
            }
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null) throw new AssociationClosedException(_failure.Message, _failure);
    }
}
