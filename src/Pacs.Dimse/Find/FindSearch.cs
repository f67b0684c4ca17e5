using Pacs.Dicom.Net;

namespace Pacs.Dimse.Find;

/// <summary>
/// Reads what a search finds on the association's thread, and looks out for a C-CANCEL meanwhile: between answers, and
/// while it still searches.
/// </summary>
/// <param name="search">Begins the search; ends it when the token says so.</param>
/// <param name="request">Whose matches they are.</param>
internal sealed class FindSearch<T>(Func<CancellationToken, IAsyncEnumerable<T>> search, DimseRequest request) : IDisposable
{
    /// <summary>Answers between two looks for a C-CANCEL.</summary>
    private const int AnswersPerLook = 16;

    /// <summary>The longest that a cancel waits to be seen while nothing is found.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private IAsyncEnumerator<T>? _matches;
    private Task<bool> _next = Task.FromResult(false);
    private int _count;

    public T Current => _matches!.Current;

    /// <summary>Whether there is another match.</summary>
    /// <exception cref="OperationCanceledException">The requester has cancelled, or the server stops.</exception>
    public bool MoveNext()
    {
        _matches ??= search(_stop.Token).GetAsyncEnumerator(_stop.Token);
        if (_count++ % AnswersPerLook == 0) StopIfAsked();
        _stop.Token.ThrowIfCancellationRequested();

        var next = _matches.MoveNextAsync();
        if (next.IsCompletedSuccessfully) return next.Result;
        _next = next.AsTask();
        if (Task.WaitAny([_next], LookEvery) < 0)
        {
            // What was found so far need not wait for what may never come.
            request.Flush();
            do StopIfAsked();
            while (Task.WaitAny([_next], LookEvery) < 0);
        }
        return _next.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _stop.Cancel();
        // Also when the association broke: an enumerator is not left while it is moving.
        Task.WhenAny(_next).GetAwaiter().GetResult();
        _matches?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private void StopIfAsked()
    {
        if (request.IsCancelRequested || request.IsStopping) _stop.Cancel();
    }
}
