using System.Collections.Concurrent;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Ingest;

/// <summary>Threads that wait for disks, so that those of the shared pool need not.</summary>
internal sealed class FlushThreads(PacsOptions options) : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private int _threads;
    private int _idle;

    public Task<T> RunAsync<T>(Func<T> work)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
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
        if (Volatile.Read(ref _idle) == 0 && Volatile.Read(ref _threads) < options.Storage.FlushThreads) AddThread();
        return completion.Task;
    }

    public void Dispose() => _work.CompleteAdding();

    private void AddThread()
    {
        if (Interlocked.Increment(ref _threads) > options.Storage.FlushThreads)
        {
            Interlocked.Decrement(ref _threads);
            return;
        }
        new Thread(Run) { Name = "flush", IsBackground = true }.Start();
    }

    private void Run()
    {
        Interlocked.Increment(ref _idle);
        foreach (var work in _work.GetConsumingEnumerable())
        {
            Interlocked.Decrement(ref _idle);
            work();
            Interlocked.Increment(ref _idle);
        }
    }
}
