using Pacs.Dicom.Datasets;

namespace Pacs.Storage.Retrieval;

/// <summary>The frames of an instance, each to be read by itself.</summary>
public sealed class InstanceFrames
{
    private readonly FrameTable? _table;
    private readonly int _swapUnit;
    private readonly long? _bitsPerFrame;

    /// <param name="table">Null without frames.</param>
    /// <param name="swapUnit">Of big endian pixels.</param>
    /// <param name="bitsPerFrame">Of pixels that are encapsulated though not compressed; what their fragments have beyond is padding.</param>
    internal InstanceFrames(FrameTable? table, int swapUnit = 1, long? bitsPerFrame = null) =>
        (_table, _swapUnit, _bitsPerFrame) = (table is { IsSeekable: true } ? table : null, swapUnit, bitsPerFrame);

    /// <summary>Frames that can be told apart: 0 without pixels, and of a video.</summary>
    public int Count => _table?.FrameCount ?? 0;

    /// <summary>Where it is; null when there is no such frame, or the stored pixels end before it does.</summary>
    /// <param name="frame">From 1.</param>
    public FrameLocation? Find(int frame)
    {
        if (_table?.Find(frame) is not { } extent) return null;
        if (extent.BitLength == 0)
        {
            var whole = new FrameLocation(extent.Ranges) { SwapUnit = _swapUnit };
            return _bitsPerFrame is > 0 and { } bits && bits < 8 * whole.Length ? whole.SliceBits(0, bits) : whole;
        }
        var all = _table.All.Ranges;
        var before = (8 * (extent.Ranges[0].Offset - all[0].Offset)) + extent.FirstBit;
        return new FrameLocation(all) { SwapUnit = _swapUnit }.SliceBits(before, extent.BitLength);
    }
}
