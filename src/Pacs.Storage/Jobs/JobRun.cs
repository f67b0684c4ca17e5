using System.Data.Common;
using Npgsql;

namespace Pacs.Storage.Jobs;

/// <summary>
/// One run of a job, as its <see cref="IJobKind"/> sees it. Objects are read ahead and results written behind, so that the work
/// waits for neither; what was reported is in the database some 20 ms later. Work that is faster than the database waits for it,
/// so that a crash costs few results. <see cref="Begin"/> and <see cref="Report"/> may be called from any thread, the others from
/// one at a time.
/// </summary>
public sealed class JobRun : IDisposable
{
    private const int BatchSize = 64;

    /// <summary>So many results are written at once.</summary>
    private const int WriteBatch = 8;

    /// <summary>With so many results that are not written yet, the work waits.</summary>
    private const int MaxUnwritten = 15;

    private static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OutageDelay = TimeSpan.FromMilliseconds(500);

    private readonly JobStore _store;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly object _lock = new();

    // Without a wait handle there is nothing to dispose, and a write may outlive the run.
    private readonly SemaphoreSlim _full = new(0, 1);
    private readonly Dictionary<int, long> _bytes = [];
    private readonly Dictionary<int, DateTimeOffset> _begun = [];

    /// <summary>Of what has begun, what the database has as running.</summary>
    private readonly HashSet<int> _shown = [];
    private List<ObjectReport> _unwritten = [];
    private Task _writing = Task.CompletedTask;
    private Task<IReadOnlyList<JobObject>>? _next;
    private int _lastRead;
    private int _unwrittenCount;
    private bool _wasHeardOf;
    private bool _isDisposed;

    internal JobRun(JobStore store, TimeProvider time, string worker, Job job, int number, bool stopsAtFirstFailure) =>
        (_store, _time, Worker, Job, Number, StopsAtFirstFailure, Stop) = (store, time, worker, job, number, stopsAtFirstFailure, _stop.Token);

    public Job Job { get; }

    /// <summary>Objects that this run brought to success.</summary>
    public int Done { get; private set; }

    /// <summary>Objects that failed for good in this run.</summary>
    public int Failed { get; private set; }

    /// <summary>Fires when the job is cancelled or paused, or may not go on now: finish the object in hand, then return.</summary>
    public CancellationToken Stop { get; }

    /// <summary>Bytes of the objects that this run brought to success.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Who has the job in hand.</summary>
    internal string Worker { get; }

    /// <summary>Counts the runs of the job.</summary>
    public int Number { get; }

    /// <summary>The peer wants the job to end with its first failure.</summary>
    public bool StopsAtFirstFailure { get; }

    /// <summary>Whether the worker's lease holds. Default: for ever.</summary>
    public Func<bool> IsLeased { get; set; } = () => true;

    /// <summary>Whether another object may be begun: the run is not to stop, and nobody else can have the job by now.</summary>
    public bool MayGoOn
    {
        get
        {
            if (!IsLeased()) RequestStop();
            return !Stop.IsCancellationRequested;
        }
    }

    /// <summary>Has the run end after the object in hand.</summary>
    public void RequestStop()
    {
        lock (_lock)
        {
            if (!_isDisposed) _stop.Cancel();
        }
    }

    /// <summary>What was claimed so far may not be all that is to be tried in this run.</summary>
    public bool MayHaveMore => _next is not null;

    /// <summary>The next objects to be tried in this run, in order. Empty at the end, when the run is to stop, and when it is no longer the job's.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="atMost">So many: the same number in all of a run.</param>
    public async Task<IReadOnlyList<JobObject>> ClaimAsync(CancellationToken cancellation, int atMost = BatchSize)
    {
        if (Stop.IsCancellationRequested) return [];
        var objects = await (_next ?? ReadAsync(atMost, cancellation));
        _next = null;
        if (objects.Count == 0 || Stop.IsCancellationRequested) return [];
        lock (_lock)
        {
            foreach (var item in objects) _bytes[item.Number] = item.Bytes;
        }
        _lastRead = objects[^1].Number;
        if (objects.Count == atMost) _next = ReadAsync(atMost, cancellation);
        return objects;
    }

    /// <summary>Adds objects found out while running, those that the job does not have yet, and gives them back. <see cref="ClaimAsync"/> gives them in their turn, too.</summary>
    public async Task<IReadOnlyList<JobObject>> AddAsync(IReadOnlyList<JobItem> items, CancellationToken cancellation)
    {
        var added = await _store.AddAsync(this, items, cancellation);
        _next = null;
        lock (_lock)
        {
            foreach (var item in added) _bytes[item.Number] = item.Bytes;
        }
        return added;
    }

    /// <summary>The object is in hand from now on. Without it, that is told of none.</summary>
    public void Begin(JobObject item)
    {
        lock (_lock)
        {
            _begun[item.Number] = _time.GetUtcNow();
            EnsureWriting();
        }
    }

    /// <summary>Keeps what came of an object, some time soon.</summary>
    public void Report(JobObjectResult result)
    {
        lock (_lock)
        {
            _bytes.Remove(result.Number, out var listed);
            var now = _time.GetUtcNow();
            _unwritten.Add(new ObjectReport(result, _begun.Remove(result.Number, out var begun) ? begun : now, now, listed));
            _shown.Remove(result.Number);
            if (result.IsSuccess)
            {
                Done++;
                Bytes += result.Bytes ?? listed;
            }
            else if (result.State == JobState.Failed)
            {
                Failed++;
                if (StopsAtFirstFailure) _stop.Cancel();
            }
            EnsureWriting();
            if (++_unwrittenCount >= WriteBatch && _full.CurrentCount == 0) _full.Release();
            // A database that is away does not hold up what is under way: the lease decides how long that goes on.
            if (_unwrittenCount > MaxUnwritten) Monitor.Wait(_lock, MaxWait);
        }
    }

    /// <summary>Keeps what came of objects before it returns.</summary>
    public async Task ReportAsync(IReadOnlyList<JobObjectResult> results, CancellationToken cancellation)
    {
        foreach (var result in results) Report(result);
        await FlushAsync(cancellation);
    }

    /// <summary>Writes what is not written yet.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        Task writing;
        lock (_lock)
        {
            writing = _writing;
            // Nobody waits for a batch to fill that will not.
            if (!writing.IsCompleted && _full.CurrentCount == 0) _full.Release();
        }
        await writing.WaitAsync(cancellation);
        await WriteAsync(cancellation);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _stop.Dispose();
        }
    }

    private Task<IReadOnlyList<JobObject>> ReadAsync(int atMost, CancellationToken cancellation) => _store.ReadNextAsync(this, _lastRead, atMost, cancellation);

    private void EnsureWriting()
    {
        if (_writing.IsCompleted) _writing = Task.Run(WriteBehindAsync);
    }

    private async Task WriteBehindAsync()
    {
        var delay = WriteInterval;
        while (true)
        {
            await _full.WaitAsync(delay);
            try
            {
                await WriteAsync(CancellationToken.None);
                delay = WriteInterval;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                // The run goes on as long as its lease does, and then writes what it has.
                delay = OutageDelay;
                if (Stop.IsCancellationRequested) return;
            }
            lock (_lock)
            {
                if (_unwritten.Count > 0 || _shown.Count < _begun.Count) continue;
                _writing = Task.CompletedTask;
                return;
            }
        }
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        List<ObjectReport> reports;
        lock (_lock)
        {
            // What is done before its turn to be written comes is shown with its end alone.
            var shownFrom = _time.GetUtcNow() - WriteInterval;
            List<ObjectReport> begun = [.. _begun.Where(b => b.Value <= shownFrom && _shown.Add(b.Key)).Select(b => new ObjectReport(new JobObjectResult(b.Key, JobState.Running), b.Value, null, 0))];
            if (_unwritten.Count + begun.Count == 0) return;
            reports = [.. _unwritten, .. begun];
            _unwritten = [];
        }
        try
        {
            await _store.ReportAsync(this, reports, cancellation);
            lock (_lock)
            {
                _unwrittenCount -= reports.Count(r => r.Result.State != JobState.Running);
                Monitor.PulseAll(_lock);
            }
            if (!_wasHeardOf && Job.Peer is { } peer && reports.Any(r => r.Result.IsSuccess || r.Result.Status is not null))
            {
                _wasHeardOf = true;
                await _store.PeerAnsweredAsync(peer, cancellation);
            }
        }
        catch (Exception e) when (e is DbException or TimeoutException or OperationCanceledException)
        {
            lock (_lock)
            {
                _unwritten = [.. reports.Where(r => r.Result.State != JobState.Running), .. _unwritten];
                _shown.ExceptWith(reports.Where(r => r.Result.State == JobState.Running).Select(r => r.Result.Number));
            }
            throw;
        }
    }
}
