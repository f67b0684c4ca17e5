using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Peers;

/// <summary>A stream that is read no faster than a bandwidth allows.</summary>
internal sealed class ThrottledStream(Stream inner, PeerThrottle throttle) : ReadOnlyStream
{
    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer[..Math.Min(buffer.Length, throttle.MaxStep)]);
        if (throttle.Take(read) is { Ticks: > 0 } delay) Thread.Sleep(delay);
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, throttle.MaxStep)], cancellationToken);
        if (throttle.Take(read) is { Ticks: > 0 } delay) await Task.Delay(delay, cancellationToken);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
