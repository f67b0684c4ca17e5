using System.Buffers;
using System.Buffers.Binary;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>
/// Where each frame of an object's pixel data is, so that one is served without reading the others. Made once from header
/// and fragments; kept as compact bytes.
/// </summary>
/// <remarks>
/// Native frames lie one behind the other (PS3.5 §8.1.1). Encapsulated frames are told apart, in this order, by the
/// Extended Offset Table, the Basic Offset Table, one fragment per frame, or a single frame. Where none of that holds, only
/// the start of each fragment's codestream can tell: <c>peek</c> reads it. Frames of a video stream cannot be told apart.
/// Offsets count bytes of the encoded data set, inflated if deflated; sample values are in the data set's byte order.
/// </remarks>
public sealed class FrameTable
{
    private const byte Version = 1;
    private const int Native = 0, Encapsulated = 1;

    private readonly long _offset;
    private readonly long _length;
    private readonly long _bitsPerFrame;
    private readonly int[]? _firstFragments;
    private readonly uint[] _fragmentLengths = [];
    private readonly long[] _fragmentOffsets = [];

    private FrameTable(int frameCount, long offset, long length, long bitsPerFrame) =>
        (FrameCount, _offset, _length, _bitsPerFrame) = (frameCount, offset, length, bitsPerFrame);

    private FrameTable(int frameCount, long firstItemOffset, uint[] fragmentLengths, int[]? firstFragments)
    {
        (FrameCount, _offset, _fragmentLengths, _firstFragments) = (frameCount, firstItemOffset, fragmentLengths, firstFragments);
        _fragmentOffsets = new long[fragmentLengths.Length];
        var offset = firstItemOffset;
        for (var i = 0; i < fragmentLengths.Length; i++)
        {
            _fragmentOffsets[i] = offset + 8;
            offset += 8 + fragmentLengths[i];
        }
    }

    /// <summary>Number of Frames (0028,0008), 1 when absent.</summary>
    public int FrameCount { get; }

    /// <summary>Each frame can be found by itself. False for video, and where fragments cannot be attributed to frames.</summary>
    public bool IsSeekable => _fragmentOffsets.Length == 0 || _firstFragments is not null;

    /// <summary>Bytes of all pixel data, offset tables and item headers apart: a video stream, for instance.</summary>
    public FrameExtent All => _fragmentOffsets.Length == 0
        ? new FrameExtent([(_offset, _length)])
        : new FrameExtent([.. _fragmentOffsets.Select((offset, i) => (offset, (long)_fragmentLengths[i]))]);

    /// <summary>The frame's place; null when there is no such frame, its bytes are missing, or it cannot be told apart.</summary>
    /// <param name="frame">From 1.</param>
    public FrameExtent? Find(int frame)
    {
        if (frame < 1 || frame > FrameCount) return null;
        if (_fragmentOffsets.Length == 0) return FindNative(frame);
        if (_firstFragments is null) return null;
        var first = _firstFragments[frame - 1];
        var end = frame < FrameCount ? _firstFragments[frame] : _fragmentOffsets.Length;
        var ranges = new (long, long)[end - first];
        for (var i = 0; i < ranges.Length; i++) ranges[i] = (_fragmentOffsets[first + i], _fragmentLengths[first + i]);
        return new FrameExtent(ranges);
    }

    private FrameExtent? FindNative(int frame)
    {
        if (_length == 0) return null;
        if (_bitsPerFrame == 0) return FrameCount == 1 ? All : null;
        // Counts are the sender's: what they multiply to need not fit a number.
        if (frame > _length * 8 / _bitsPerFrame) return null;
        var firstBit = _bitsPerFrame * (frame - 1);
        var (begin, end) = (firstBit / 8, (firstBit + _bitsPerFrame + 7) / 8);
        return new FrameExtent([(_offset + begin, end - begin)], (int)(firstBit % 8)) { BitLength = _bitsPerFrame };
    }

    /// <summary>Null when the data set has no pixel data.</summary>
    /// <param name="header">As parsed, pixel data as <see cref="BulkElement"/>.</param>
    /// <param name="fragments">Of the parser.</param>
    /// <param name="basicOffsetTable">Of the parser.</param>
    /// <param name="peek">The first two bytes at an offset of the encoded data set, big endian; asked only where nothing else tells frames apart.</param>
    public static FrameTable? Create(DicomDataset header, IReadOnlyList<(long Offset, uint Length)> fragments, ReadOnlyMemory<byte> basicOffsetTable, Func<long, ushort>? peek = null)
    {
        var pixelData = header[Tags.PixelData] ?? header[Tags.FloatPixelData] ?? header[Tags.DoubleFloatPixelData];
        if (pixelData is not BulkElement bulk) return null;
        var frameCount = (int)Math.Clamp(header.GetInteger(Tags.NumberOfFrames) ?? 1, 1, int.MaxValue);
        if (!bulk.IsEncapsulated) return new FrameTable(frameCount, bulk.Offset, bulk.Length, BitsPerFrame(header));

        var lengths = fragments.Skip(1).Select(f => f.Length).ToArray();
        var firstItem = fragments.Count > 1 ? fragments[1].Offset - 8 : bulk.Offset;
        var table = new FrameTable(frameCount, firstItem, lengths, null);
        var firstFragments = lengths.Length == 0 ? null
            : table.FromOffsets(OffsetsOf(header[Tags.ExtendedOffsetTable], frameCount))
            ?? table.FromOffsets(OffsetsOf(basicOffsetTable.Span, frameCount))
            ?? table.FromCount()
            ?? table.FromStarts(peek);
        return new FrameTable(frameCount, firstItem, lengths, firstFragments);
    }

    /// <summary>Bits of a frame that is not compressed, by rows, columns, samples and bits allocated; 0 when they do not say.</summary>
    public static long BitsPerFrame(DicomDataset header)
    {
        long Number(Tag tag, long absent) => Math.Clamp(header.GetInteger(tag) ?? absent, 0, ushort.MaxValue);
        var pixels = Number(Tags.Rows, 0) * Number(Tags.Columns, 0);
        var (samples, bits) = (Number(Tags.SamplesPerPixel, 1), Number(Tags.BitsAllocated, 8));
        // Two pixels share their chrominance: four samples instead of six (PS3.3 §C.7.6.3.1.2).
        var isSubsampled = samples == 3 && header.GetString(Tags.PhotometricInterpretation) is "YBR_FULL_422" or "YBR_PARTIAL_422";
        return pixels * (isSubsampled ? 2 : Math.Min(samples, 16)) * Math.Min(bits, 64);
    }

    private static long[]? OffsetsOf(DicomElement? extendedOffsetTable, int frameCount)
    {
        if (extendedOffsetTable is not ValueElement { Value.Span: var bytes } || bytes.Length / 8 != frameCount) return null;
        var offsets = new long[frameCount];
        for (var i = 0; i < frameCount; i++) offsets[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]);
        return offsets;
    }

    private static long[]? OffsetsOf(ReadOnlySpan<byte> basicOffsetTable, int frameCount)
    {
        if (basicOffsetTable.Length / 4 != frameCount) return null;
        var offsets = new long[frameCount];
        for (var i = 0; i < frameCount; i++) offsets[i] = BinaryPrimitives.ReadUInt32LittleEndian(basicOffsetTable[(4 * i)..]);
        return offsets;
    }

    /// <summary>An offset table counts from the first item after it to the item each frame begins with; one that does not fit is not believed.</summary>
    private int[]? FromOffsets(long[]? offsets)
    {
        if (offsets is null || offsets[0] != 0) return null;
        var first = new int[offsets.Length];
        for (var i = 1; i < offsets.Length; i++)
        {
            first[i] = Array.BinarySearch(_fragmentOffsets, _offset + 8 + offsets[i]);
            if (first[i] <= first[i - 1]) return null;
        }
        return first;
    }

    private int[]? FromCount()
    {
        if (FrameCount == 1) return [0];
        return FrameCount == _fragmentOffsets.Length ? [.. Enumerable.Range(0, FrameCount)] : null;
    }

    private int[]? FromStarts(Func<long, ushort>? peek)
    {
        // JPEG and JPEG-LS begin with FF D8, JPEG 2000 with FF 4F; a fragment that continues a frame can begin with neither.
        if (peek is null || FrameCount > _fragmentOffsets.Length) return null;
        var first = new List<int>();
        for (var i = 0; i < _fragmentOffsets.Length; i++)
        {
            if (_fragmentLengths[i] >= 2 && peek(_fragmentOffsets[i]) is 0xFFD8 or 0xFF4F) first.Add(i);
        }
        return first.Count == FrameCount && first[0] == 0 ? [.. first] : null;
    }

    /// <summary>A few bytes for native pixel data; two to four per fragment otherwise.</summary>
    public byte[] Encode()
    {
        var output = new ArrayBufferWriter<byte>(64 + (3 * _fragmentLengths.Length));
        var isNative = _fragmentOffsets.Length == 0;
        output.Write([Version, (byte)(isNative ? Native : Encapsulated)]);
        VariableLengthNumber.Write(output, FrameCount);
        VariableLengthNumber.Write(output, _offset);
        if (isNative)
        {
            VariableLengthNumber.Write(output, _length);
            VariableLengthNumber.Write(output, _bitsPerFrame);
            return output.WrittenSpan.ToArray();
        }
        VariableLengthNumber.Write(output, _fragmentLengths.Length);
        foreach (var length in _fragmentLengths) VariableLengthNumber.Write(output, length);
        output.Write([(byte)(IsSeekable ? 1 : 0)]);
        if (_firstFragments is not null && FrameCount != _fragmentLengths.Length)
        {
            for (var i = 1; i < FrameCount; i++) VariableLengthNumber.Write(output, _firstFragments[i] - _firstFragments[i - 1]);
        }
        return output.WrittenSpan.ToArray();
    }

    /// <exception cref="DicomFormatException">Not made by <see cref="Encode"/>.</exception>
    public static FrameTable Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[0] != Version || bytes[1] > Encapsulated) throw new DicomFormatException("Not a frame table of this version.", 0);
        var position = 2;
        var frameCount = (int)Math.Clamp(ReadNumber(bytes, ref position), 1, int.MaxValue);
        var offset = ReadNumber(bytes, ref position);
        if (bytes[1] == Native) return new FrameTable(frameCount, offset, ReadNumber(bytes, ref position), ReadNumber(bytes, ref position));

        var count = ReadNumber(bytes, ref position);
        if (count > bytes.Length - position) throw Truncated(position);
        var lengths = new uint[count];
        for (var i = 0; i < lengths.Length; i++) lengths[i] = (uint)ReadNumber(bytes, ref position);
        if (ReadNumber(bytes, ref position) == 0) return new FrameTable(frameCount, offset, lengths, null);

        if (frameCount > lengths.Length) throw Truncated(position);
        var first = new int[frameCount];
        for (var i = 1; i < frameCount; i++)
        {
            first[i] = first[i - 1] + (frameCount == lengths.Length ? 1 : (int)ReadNumber(bytes, ref position));
            if (first[i] >= lengths.Length) throw Truncated(position);
        }
        return new FrameTable(frameCount, offset, lengths, first);
    }

    private static long ReadNumber(ReadOnlySpan<byte> bytes, ref int position)
    {
        if (!VariableLengthNumber.TryRead(bytes[position..], out var number, out var length)) throw Truncated(position);
        position += length;
        return number;
    }

    private static DicomFormatException Truncated(int position) => new("The frame table does not fit its own counts.", position);
}
