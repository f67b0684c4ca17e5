using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Model;

namespace Pacs.Storage.Retrieval;

/// <summary>Finds frames and bulk values in a data set. Pure.</summary>
internal static class FrameLocator
{
    /// <summary>A frame (from 1) of encapsulated pixel data; null when there is no such frame, or nobody can tell which fragments it is made of.</summary>
    public static FrameLocation? FindEncapsulated(FrameTable table, int frame) =>
        frame >= 1 && frame <= table.Frames.Count ? new FrameLocation(table.Frames[frame - 1]) : null;

    /// <summary>
    /// A frame (from 1) of native pixel data, by arithmetic; null when there is no such frame. The length of the pixel data
    /// tells how many samples a pixel has, so that the header, which may be long, need not be read for that.
    /// </summary>
    /// <param name="instance">Rows, columns, bits, frames, and where pixel data is.</param>
    /// <param name="frame">From 1.</param>
    /// <param name="header">Needed unless <see cref="IsPlain"/>: pixel data of an unexpected length, or big endian.</param>
    public static FrameLocation? FindNative(StoredInstance instance, int frame, DicomDataset? header)
    {
        if (frame < 1 || frame > instance.NumberOfFrames) return null;
        if (instance is not { PixelOffset: { } start, Rows: > 0 and var rows, Columns: > 0 and var columns, BitsAllocated: > 0 and var bits }) return null;
        var plane = (long)rows * columns * bits;
        var frameBits = BitsByLength(instance, plane) ?? (header is null ? 0 : BitsByHeader(header, plane));
        if (frameBits <= 0) return null;

        var (firstBit, lastBit) = ((frame - 1) * frameBits, frame * frameBits);
        if ((lastBit + 7) / 8 > instance.PixelLength) return null;
        var first = firstBit / 8;
        var location = new FrameLocation([(start + first, (lastBit + 7) / 8 - first)]);
        var unit = instance.TransferSyntax.IsBigEndian ? SwapUnit(header!) : 1;
        if (frameBits % 8 == 0)
            return first % unit == 0 && frameBits / 8 % unit == 0 ? location with { SwapUnit = unit } : null;
        return unit == 1 ? location with { BitOffset = (int)(firstBit % 8), BitLength = frameBits } : null;
    }

    /// <summary>Whether <see cref="FindNative"/> will do without the header.</summary>
    public static bool IsPlain(StoredInstance instance) =>
        instance is { Rows: { } rows, Columns: { } columns, BitsAllocated: { } bits, TransferSyntax.IsBigEndian: false }
        && BitsByLength(instance, (long)rows * columns * bits) is not null;

    /// <summary>The bulk element at a <see cref="Pacs.Dicom.Json.BulkPath"/>; null when there is none.</summary>
    public static BulkElement? FindBulk(DicomDataset dataset, string path)
    {
        var parts = path.Split('/');
        for (var i = 0; ; i += 2)
        {
            if (!Tag.TryParseHex(parts[i], out var tag)) return null;
            if (i == parts.Length - 1) return dataset[tag] as BulkElement;
            if (i + 2 >= parts.Length || !int.TryParse(parts[i + 1], out var item)) return null;
            var items = dataset.GetItems(tag);
            if (item < 0 || item >= items.Count) return null;
            dataset = items[item];
        }
    }

    /// <summary>Samples per pixel that the length fits, in halves: 1, 3, 4, or by subsampled chroma 2 (4:2:2) and 1.5 (4:2:0).</summary>
    private static long? BitsByLength(StoredInstance instance, long plane)
    {
        foreach (var halves in (ReadOnlySpan<int>)[2, 6, 4, 3, 8])
        {
            if (plane * halves % 2 != 0) continue;
            var bits = plane * halves / 2;
            var bytes = (bits * instance.NumberOfFrames + 7) / 8;
            if (instance.PixelLength == bytes + (bytes & 1)) return bits;
        }
        return null;
    }

    private static long BitsByHeader(DicomDataset header, long plane) => header.GetString(Tags.PhotometricInterpretation) switch
    {
        "YBR_FULL_422" or "YBR_PARTIAL_422" => plane * 2,
        "YBR_PARTIAL_420" => plane * 3 / 2,
        _ => plane * (header.GetInteger(Tags.SamplesPerPixel) ?? 1),
    };

    private static int SwapUnit(DicomDataset header) =>
        (header[Tags.PixelData] ?? header[Tags.FloatPixelData] ?? header[Tags.DoubleFloatPixelData])?.Vr.UnitSize ?? 1;
}
