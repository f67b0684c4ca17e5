using System.Globalization;
using Pacs.TestKit.Processes;

namespace Pacs.Bench.Measurement;

/// <summary>What processes and all that descend from them have used, read from /proc.</summary>
/// <param name="CpuSeconds">User and system time, ended children included.</param>
/// <param name="PeakBytes">Largest resident size of each of the named processes since the last reset, summed; their children (PostgreSQL's backends share memory) are left out.</param>
internal sealed record ProcessUsage(double CpuSeconds, long PeakBytes)
{
    private const double TicksPerSecond = 100;

    public static ProcessUsage Of(IReadOnlyList<int> processIds) => new(
        processIds.SelectMany(ProcessTree.WithDescendants).Distinct().Sum(CpuSecondsOf),
        processIds.Sum(PeakBytesOf));

    /// <summary>Lets the peak begin anew (proc(5), clear_refs). Takes the rights of the process's owner.</summary>
    public static void ResetPeak(IReadOnlyList<int> processIds)
    {
        foreach (var id in processIds) File.WriteAllText($"/proc/{id}/clear_refs", "5");
    }

    // utime, stime, cutime, cstime.
    private static double CpuSecondsOf(int id) =>
        ProcessTree.StatOf(id).Skip(11).Take(4).Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond;

    private static long PeakBytesOf(int id) => File.Exists($"/proc/{id}/status")
        ? long.Parse(File.ReadLines($"/proc/{id}/status").First(IsPeak).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024
        : 0;

    private static bool IsPeak(string line) => line.StartsWith("VmHWM:", StringComparison.Ordinal);
}
