namespace Pacs.Storage.Peers;

/// <summary>
/// A token bucket of bytes that holds a tenth of a second. Who takes more than is in it owes the rest and waits until that has
/// flowed in; others wait behind, so that several who send at a time share the limit.
/// </summary>
public sealed class PeerThrottle
{
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private long _bytesPerSecond;
    private double _credit;
    private long _filledAt;

    internal PeerThrottle(TimeProvider time) => (_time, _filledAt) = (time, time.GetTimestamp());

    /// <summary>There is a limit.</summary>
    public bool IsLimited => Volatile.Read(ref _bytesPerSecond) > 0;

    /// <summary>At most so many bytes are read at a time where there is a limit, so that what is sent flows evenly.</summary>
    internal int MaxStep => (int)Math.Clamp(Volatile.Read(ref _bytesPerSecond) / 10, 1 << 10, 1 << 20);

    /// <summary>The stream, read no faster than the limit allows; itself where there is none. Owned as the given one is.</summary>
    public Stream Wrap(Stream stream) => IsLimited ? new ThrottledStream(stream, this) : stream;

    internal void SetLimit(long bytesPerSecond) => Volatile.Write(ref _bytesPerSecond, bytesPerSecond);

    /// <summary>Takes the bytes.</summary>
    /// <returns>How long to wait before they may be sent.</returns>
    internal TimeSpan Take(int bytes)
    {
        lock (_lock)
        {
            if (_bytesPerSecond <= 0) return TimeSpan.Zero;
            var now = _time.GetTimestamp();
            _credit = Math.Min(_bytesPerSecond / 10.0, _credit + (_time.GetElapsedTime(_filledAt, now).TotalSeconds * _bytesPerSecond)) - bytes;
            _filledAt = now;
            return _credit >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_credit / _bytesPerSecond);
        }
    }
}
