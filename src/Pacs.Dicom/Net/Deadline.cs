using System.Diagnostics;

namespace Pacs.Dicom.Net;

/// <summary>A point in time that a wait may not pass. Real time: the kernel does the waiting.</summary>
internal readonly struct Deadline
{
    private readonly long _timestamp;

    private Deadline(long timestamp) => _timestamp = timestamp;

    public static Deadline After(TimeSpan time) => new(Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency));

    /// <summary>Milliseconds left, at least 1 while there are any; 0 when it has passed.</summary>
    public int RemainingMilliseconds
    {
        get
        {
            var remaining = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _timestamp).TotalMilliseconds;
            return remaining <= 0 ? 0 : (int)Math.Clamp(Math.Ceiling(remaining), 1, int.MaxValue);
        }
    }
}
