namespace Pacs.Dicom.Net;

/// <summary>
/// A byte now and then meets every limit to a single wait; this is the limit to that. Only time spent waiting for the
/// peer counts.
/// </summary>
/// <param name="networkTimeout">Of which <see cref="Windows"/> make the time in which <see cref="MinLength"/> bytes have to pass.</param>
internal struct Pace(TimeSpan networkTimeout)
{
    /// <summary>Less than the slowest modem moves in that time, and more than a peer moves that only wants to keep its place.</summary>
    private const int MinLength = 64 * 1024;
    private const int Windows = 10;

    private readonly TimeSpan _window = Windows * networkTimeout;
    private long _length;
    private TimeSpan _time;

    public void Reset() => (_length, _time) = (0, TimeSpan.Zero);

    /// <summary>False when the peer is too slow.</summary>
    public bool Keeps(int length, TimeSpan waited)
    {
        _length += length;
        _time += waited;
        if (_time < _window) return true;
        var isKept = _length >= MinLength * (_time / _window);
        Reset();
        return isKept;
    }
}
