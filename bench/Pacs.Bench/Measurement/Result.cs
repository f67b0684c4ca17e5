using System.Diagnostics;
using System.Globalization;

namespace Pacs.Bench.Measurement;

/// <summary>One measured run.</summary>
internal sealed record Result(string Workload, string Target, Samples Samples, TimeSpan Elapsed, double CpuSeconds, long PeakBytes)
{
    public const string Header =
        "| workload | target | per second | MB/s | p50 ms | p99 ms | CPU s per 1,000 | peak MB | failed |\n" +
        "|---|---|---|---|---|---|---|---|---|";

    public double PerSecond => Samples.Count / Elapsed.TotalSeconds;

    /// <summary>Runs the work and measures it and what the processes spend on it.</summary>
    public static async Task<Result> MeasureAsync(string workload, string target, IReadOnlyList<int> processIds, Func<Samples, Task> work)
    {
        var samples = new Samples();
        ProcessUsage.ResetPeak(processIds);
        var before = ProcessUsage.Of(processIds);
        var started = Stopwatch.GetTimestamp();
        await work(samples);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var after = ProcessUsage.Of(processIds);
        return new Result(workload, target, samples, elapsed, after.CpuSeconds - before.CpuSeconds, after.PeakBytes);
    }

    /// <summary>A row of the table whose head is <see cref="Header"/>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"| {Workload} | {Target} | {PerSecond:N0} | {Samples.Bytes / 1e6 / Elapsed.TotalSeconds:N0} | {Samples.Percentile(0.5).TotalMilliseconds:N1} | {Samples.Percentile(0.99).TotalMilliseconds:N1} | {CpuSeconds * 1000 / Math.Max(1, Samples.Count):N2} | {PeakBytes / 1e6:N0} | {Samples.Failures} |");
}
