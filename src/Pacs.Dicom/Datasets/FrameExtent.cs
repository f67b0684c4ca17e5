namespace Pacs.Dicom.Datasets;

/// <summary>Where the bytes of one frame are.</summary>
/// <param name="Ranges">Offset from the start of the encoded data set, and length: one range for native pixel data, one per fragment otherwise, in their order.</param>
/// <param name="FirstBit">
/// Of the first byte, counted from the lowest: 0 but for frames of single bits that begin within a byte (PS3.5 §8.1.1);
/// then the frame ends within the last byte, too, and its neighbours' bits have to be shifted out.
/// </param>
public sealed record FrameExtent(IReadOnlyList<(long Offset, long Length)> Ranges, int FirstBit = 0)
{
    /// <summary>Bytes of all ranges.</summary>
    public long Length => Ranges.Sum(r => r.Length);

    /// <summary>Bits of a native frame; 0 where the ranges are the frame.</summary>
    public long BitLength { get; init; }
}
