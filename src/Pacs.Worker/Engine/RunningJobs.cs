using System.Collections.Concurrent;
using System.Diagnostics;
using Pacs.Storage.Jobs;

namespace Pacs.Worker.Engine;

/// <summary>The jobs that this process has in hand, and its lease on them.</summary>
internal sealed class RunningJobs : IDisposable
{
    private readonly ConcurrentDictionary<long, JobRun> _runs = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Lock _lock = new();
    private CancellationTokenSource _lease = new();
    private long _leasedUntil;

    /// <summary>Names this process; another at each start.</summary>
    public string Worker { get; } = $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}";

    public IReadOnlyCollection<long> Ids => [.. _runs.Keys];

    public IReadOnlyCollection<Job> Jobs => [.. _runs.Values.Select(r => r.Job)];

    public int Count => _runs.Count;

    /// <summary>Fires when the lease has lapsed: another worker may have the jobs by then.</summary>
    public CancellationToken Lease
    {
        get
        {
            lock (_lock) return _lease.Token;
        }
    }

    /// <summary>The lease holds for so long from the time that it was asked for.</summary>
    public void Renewed(TimeSpan remaining)
    {
        lock (_lock)
        {
            if (remaining <= TimeSpan.Zero) return;
            // It has lapsed and nobody was told yet: a process that was stopped wakes up, and does not go on with what it had.
            if (!IsLeased()) _lease.Cancel();
            if (_lease.IsCancellationRequested) _lease = new CancellationTokenSource();
            _lease.CancelAfter(remaining);
            _leasedUntil = Stopwatch.GetTimestamp() + (long)(remaining.TotalSeconds * Stopwatch.Frequency);
        }
    }

    public void Add(JobRun run)
    {
        run.IsLeased = IsLeased;
        _runs[run.Job.Id] = run;
    }

    public JobRun? Find(long id) => _runs.GetValueOrDefault(id);

    public void Stop(long id) => Find(id)?.RequestStop();

    public void Remove(long id)
    {
        _runs.TryRemove(id, out _);
        Wake();
    }

    /// <summary>There is something to do, or room to do it in.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }

    public Task WaitAsync(TimeSpan limit, CancellationToken cancellation) => _wake.WaitAsync(limit, cancellation);

    /// <summary>By the clock: a timer is late where the whole process stood still.</summary>
    private bool IsLeased() => Stopwatch.GetTimestamp() < Volatile.Read(ref _leasedUntil);

    public void Dispose()
    {
        _wake.Dispose();
        _lease.Dispose();
    }
}
