namespace Pacs.Storage.Retrieval;

/// <summary>
/// The bytes of a frame or a bulk value: one range for a native one, one per fragment otherwise. Offsets count from the
/// first byte of the (inflated) data set. <see cref="BulkReader"/> reads them.
/// </summary>
public sealed record FrameLocation(IReadOnlyList<(long Offset, long Length)> Ranges)
{
    /// <summary>Bytes of the frame or value as it is served.</summary>
    public long Length => (Bits + 7) / 8;

    /// <summary>Bytes of the unit to turn round, since the data set is big endian; 1 for none. Units are counted from the start of the first range.</summary>
    public int SwapUnit { get; init; } = 1;

    /// <summary>
    /// Bits of the ranges, turned round, that lie before: frames of native pixels need not begin with a unit, nor those of
    /// 1-bit pixels with a byte (PS3.5 §8.1.1).
    /// </summary>
    public long FirstBit { get; init; }

    /// <summary>Bits of the frame or value; null for all that is left of the ranges.</summary>
    public long? BitLength { get; init; }

    private long Bits => BitLength ?? (8 * Ranges.Sum(r => r.Length)) - FirstBit;

    /// <summary>Some of the bytes as they are served.</summary>
    public FrameLocation Slice(long from, long count) => SliceBits(8 * from, Math.Min(8 * count, Bits - (8 * from)));

    /// <summary>Some of the bits, with no more of the ranges than they need.</summary>
    internal FrameLocation SliceBits(long from, long count)
    {
        from += FirstBit;
        var begin = from / 8 / SwapUnit * SwapUnit;
        var end = (((from + count + 7) / 8) + SwapUnit - 1) / SwapUnit * SwapUnit;
        var first = from - (8 * begin);
        return this with
        {
            Ranges = Cut(begin, end),
            FirstBit = first,
            // Whole ranges are read as they are.
            BitLength = first == 0 && count % 8 == 0 && SwapUnit == 1 ? null : count,
        };
    }

    private List<(long Offset, long Length)> Cut(long begin, long end)
    {
        var cut = new List<(long, long)>(Ranges.Count);
        long position = 0;
        foreach (var (offset, length) in Ranges)
        {
            var (from, to) = (Math.Max(begin - position, 0), Math.Min(end - position, length));
            if (from < to) cut.Add((offset + from, to - from));
            position += length;
        }
        return cut;
    }
}
