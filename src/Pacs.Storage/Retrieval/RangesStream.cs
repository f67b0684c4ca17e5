namespace Pacs.Storage.Retrieval;

/// <summary>Ranges of a data set, one after another. The data set stays open.</summary>
internal sealed class RangesStream(Stream dataset, IReadOnlyList<(long Offset, long Length)> ranges) : ReadOnlyStream
{
    private int _range;
    private long _inRange;

    public override int Read(Span<byte> buffer)
    {
        while (_range < ranges.Count && _inRange == ranges[_range].Length) (_range, _inRange) = (_range + 1, 0);
        if (_range == ranges.Count || buffer.IsEmpty) return 0;
        var (offset, length) = ranges[_range];
        if (dataset.Position != offset + _inRange) dataset.Position = offset + _inRange;
        var read = dataset.Read(buffer[..(int)Math.Min(buffer.Length, length - _inRange)]);
        if (read == 0) throw new EndOfStreamException($"The data set ends at byte {dataset.Position}, within a value.");
        _inRange += read;
        return read;
    }
}
