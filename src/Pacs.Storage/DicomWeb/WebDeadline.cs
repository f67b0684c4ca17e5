namespace Pacs.Storage.DicomWeb;

/// <summary>The limit to whatever one exchange waits for at the moment; set anew as it goes on, and off while this side is at work.</summary>
internal sealed class WebDeadline : IDisposable
{
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _source;

    public WebDeadline(CancellationToken caller)
    {
        _caller = caller;
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
    }

    /// <summary>Fires when the limit is over, and when the caller cancels.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The limit was met, and not the caller's doing.</summary>
    public bool IsOver => _source.IsCancellationRequested && !_caller.IsCancellationRequested;

    public void Within(TimeSpan limit) => _source.CancelAfter(limit);

    public void Pause() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose() => _source.Dispose();
}
