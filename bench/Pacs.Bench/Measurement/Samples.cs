using System.Diagnostics;

namespace Pacs.Bench.Measurement;

/// <summary>Counts what one run did. Safe for concurrent use.</summary>
internal sealed class Samples
{
    private readonly List<TimeSpan> _latencies = [];
    private readonly Lock _lock = new();
    private long _bytes;
    private int _failures;

    public long Bytes => _bytes;
    public int Failures => _failures;
    public int Count => _latencies.Count;

    /// <summary>One object or request that succeeded.</summary>
    /// <param name="started">From <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="bytes">Of payload, either way.</param>
    public void Succeeded(long started, long bytes)
    {
        var latency = Stopwatch.GetElapsedTime(started);
        lock (_lock)
        {
            _latencies.Add(latency);
            _bytes += bytes;
        }
    }

    public void Failed() => Interlocked.Increment(ref _failures);

    /// <summary>The latency that the share (0–1) of all stayed within.</summary>
    public TimeSpan Percentile(double share)
    {
        lock (_lock)
        {
            if (_latencies.Count == 0) return TimeSpan.Zero;
            _latencies.Sort();
            return _latencies[Math.Min(_latencies.Count - 1, (int)(share * _latencies.Count))];
        }
    }
}
