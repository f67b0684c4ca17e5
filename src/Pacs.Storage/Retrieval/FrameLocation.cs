namespace Pacs.Storage.Retrieval;

/// <summary>
/// The bytes of a frame or a bulk value: one range for a native one, one per fragment otherwise. Offsets count from the
/// first byte of the (inflated) data set. <see cref="RetrievalService.OpenBulkData"/> reads them.
/// </summary>
public sealed record FrameLocation(IReadOnlyList<(long Offset, long Length)> Ranges)
{
    /// <summary>Bytes of the frame or value as it is served.</summary>
    public long Length => BitLength is { } bits ? (bits + 7) / 8 : Ranges.Sum(r => r.Length);

    /// <summary>Bytes of the unit to turn round, since the data set is big endian; 1 for none.</summary>
    public int SwapUnit { get; init; } = 1;

    /// <summary>Of the first range's first byte, the bits that belong to the frame before: frames of 1-bit pixels are packed (PS3.5 §8.1.1).</summary>
    public int BitOffset { get; init; }

    /// <summary>Bits of a frame of 1-bit pixels; null for others.</summary>
    public long? BitLength { get; init; }
}
