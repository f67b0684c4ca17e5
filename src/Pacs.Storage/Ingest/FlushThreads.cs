using Pacs.Storage.Hosting;

namespace Pacs.Storage.Ingest;

/// <summary>Threads that wait for disks, so that those of the shared pool need not.</summary>
internal sealed class FlushThreads(PacsOptions options) : IDisposable
{
    private readonly Queue<Action> _work = [];
    private int _threads;
    private int _idle;
    private bool _stopping;

    public Task<T> RunAsync<T>(Func<T> work)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_work)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _work.Enqueue(() =>
            {
                try
                {
                    completion.SetResult(work());
                }
                catch (Exception e)
                {
                    completion.SetException(e);
                }
            });
            if (_idle < _work.Count && _threads < options.Storage.FlushThreads)
            {
                _threads++;
                new Thread(Run) { Name = "flush", IsBackground = true }.Start();
            }
            Monitor.Pulse(_work);
        }
        return completion.Task;
    }

    /// <summary>What was handed over is still done.</summary>
    public void Dispose()
    {
        lock (_work)
        {
            _stopping = true;
            Monitor.PulseAll(_work);
        }
    }

    private void Run()
    {
        while (Next() is { } work) work();
    }

    // A plain monitor does not spin while it waits, as BlockingCollection does: that took more processor than the flushes.
    private Action? Next()
    {
        lock (_work)
        {
            _idle++;
            while (_work.Count == 0 && !_stopping) Monitor.Wait(_work);
            _idle--;
            return _work.TryDequeue(out var work) ? work : null;
        }
    }
}
