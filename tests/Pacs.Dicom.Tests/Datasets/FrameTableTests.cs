using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.Datasets;

public sealed class FrameTableTests
{
    [Fact]
    public void Find_Native_IsArithmetic()
    {
        var table = Native(frames: 3, rows: 2, columns: 3, bits: 16, length: 36);
        Assert.Equal([(1012L, 12L)], table.Find(2)!.Ranges);
        Assert.Null(table.Find(0));
        Assert.Null(table.Find(4));
    }

    [Fact]
    public void Find_NativeCutShort_GivesOnlyWholeFrames()
    {
        var table = Native(frames: 3, rows: 2, columns: 3, bits: 16, length: 30);
        Assert.NotNull(table.Find(2));
        Assert.Null(table.Find(3));
    }

    [Fact]
    public void Find_SingleBitFrames_TellTheFirstBit()
    {
        var table = Native(frames: 3, rows: 3, columns: 3, bits: 1, length: 4);
        Assert.Equal((1000L, 2L), Assert.Single(table.Find(1)!.Ranges));
        Assert.Equal((1001L, 2L), Assert.Single(table.Find(2)!.Ranges));
        Assert.Equal(1, table.Find(2)!.FirstBit);
        Assert.Equal(2, table.Find(3)!.FirstBit);
    }

    [Fact]
    public void Find_Ybr422_CountsFourSamplesForTwoPixels()
    {
        var header = Header(2, 4, 4, 8).Set(Tags.SamplesPerPixel, 3).Set(Tags.PhotometricInterpretation, "YBR_FULL_422");
        header.Set(new BulkElement(Tags.PixelData, Vr.OB, 1000, 64, false));
        Assert.Equal([(1032L, 32L)], FrameTable.Create(header, [], default)!.Find(2)!.Ranges);
    }

    [Fact]
    public void Create_WithoutPixelData_IsNull() => Assert.Null(FrameTable.Create(new DicomDataset(), [], default));

    [Fact]
    public void Find_OneFragmentPerFrame_IsThatFragment()
    {
        var table = Encapsulated(2, [], [1, 2], [3, 4, 5, 6]);
        var (_, bytes) = Bytes([], [1, 2], [3, 4, 5, 6]);
        Assert.Equal([3, 4, 5, 6], Cut(bytes, table.Find(2)!));
    }

    [Fact]
    public void Find_SingleFrameOfManyFragments_IsAllOfThem()
    {
        var table = Encapsulated(1, [], [1, 2], [3, 4, 5, 6]);
        Assert.Equal(2, table.Find(1)!.Ranges.Count);
        Assert.Equal(6, table.All.Length);
    }

    [Fact]
    public void Find_BasicOffsetTable_GroupsFragments()
    {
        byte[][] fragments = [[0, 0, 0, 0, 20, 0, 0, 0], [1, 2], [3, 4], [5, 6], [7, 8]];
        var (_, bytes) = Bytes(fragments);
        var table = Encapsulated(2, fragments);
        Assert.Equal([1, 2, 3, 4], Cut(bytes, table.Find(1)!));
        Assert.Equal([5, 6, 7, 8], Cut(bytes, table.Find(2)!));
    }

    [Fact]
    public void Find_ExtendedOffsetTable_GroupsFragments()
    {
        byte[][] fragments = [[], [1, 2], [3, 4], [5, 6]];
        var offsets = new byte[16];
        offsets[8] = 20;
        var (parser, bytes) = Bytes(fragments);
        var header = parser.Complete().Set(Tags.NumberOfFrames, 2).Set(new ValueElement(Tags.ExtendedOffsetTable, Vr.OV, offsets));
        var table = FrameTable.Create(header, parser.Fragments, parser.BasicOffsetTable)!;
        Assert.Equal([1, 2, 3, 4], Cut(bytes, table.Find(1)!));
        Assert.Equal([5, 6], Cut(bytes, table.Find(2)!));
    }

    [Fact]
    public void Find_LyingOffsetTable_IsNotBelieved()
    {
        var table = Encapsulated(2, [0, 0, 0, 0, 7, 0, 0, 0], [1, 2], [3, 4]);
        Assert.Equal(2, table.Find(2)!.Length);
    }

    [Fact]
    public void Find_NoTableAndMoreFragmentsThanFrames_NeedsTheirStarts()
    {
        byte[][] fragments = [[], [0xFF, 0xD8], [1, 2], [0xFF, 0xD8, 3, 4]];
        Assert.False(Encapsulated(2, fragments).IsSeekable);
        Assert.Null(Encapsulated(2, fragments).Find(1));

        var (parser, bytes) = Bytes(fragments);
        var table = FrameTable.Create(parser.Complete().Set(Tags.NumberOfFrames, 2), parser.Fragments, parser.BasicOffsetTable,
            offset => (ushort)((bytes[offset] << 8) | bytes[offset + 1]))!;
        Assert.Equal([0xFF, 0xD8, 1, 2], Cut(bytes, table.Find(1)!));
        Assert.Equal([0xFF, 0xD8, 3, 4], Cut(bytes, table.Find(2)!));
        Assert.Equal(4, FrameTable.Decode(table.Encode()).Find(2)!.Length);
    }

    [Fact]
    public void Decode_Encoded_FindsTheSame()
    {
        FrameTable[] tables =
        [
            Native(3, 3, 3, 1, 4), Encapsulated(2, [], [1, 2], [3, 4]), Encapsulated(1, [], [1, 2], [3, 4]), Encapsulated(3, [], [1, 2], [3, 4]),
            Encapsulated(2, [0, 0, 0, 0, 20, 0, 0, 0], [1, 2], [3, 4], [5, 6], [7, 8]),
        ];
        foreach (var table in tables)
        {
            var decoded = FrameTable.Decode(table.Encode());
            Assert.Equal((table.FrameCount, table.IsSeekable), (decoded.FrameCount, decoded.IsSeekable));
            Assert.Equal(table.All.Ranges, decoded.All.Ranges);
            for (var frame = 0; frame <= table.FrameCount + 1; frame++)
                Assert.Equal(table.Find(frame)?.Ranges, decoded.Find(frame)?.Ranges);
        }
    }

    [Fact]
    public void Decode_EveryTruncatedPrefix_ThrowsTyped()
    {
        var bytes = Encapsulated(2, [0, 0, 0, 0, 20, 0, 0, 0], [1, 2], [3, 4], [5, 6], [7, 8]).Encode();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<DicomFormatException>(() => FrameTable.Decode(bytes.AsSpan(0, length)));
    }

    private static DicomDataset Header(int frames, int rows, int columns, int bits) => new DicomDataset()
        .Set(Tags.NumberOfFrames, frames).Set(Tags.Rows, rows).Set(Tags.Columns, columns).Set(Tags.BitsAllocated, bits);

    private static FrameTable Native(int frames, int rows, int columns, int bits, long length) =>
        FrameTable.Create(Header(frames, rows, columns, bits).Set(new BulkElement(Tags.PixelData, Vr.OW, 1000, length, false)), [], default)!;

    private static FrameTable Encapsulated(int frames, params byte[][] fragments)
    {
        var (parser, _) = Bytes(fragments);
        return FrameTable.Create(parser.Complete().Set(Tags.NumberOfFrames, frames), parser.Fragments, parser.BasicOffsetTable)!;
    }

    private static (DatasetParser Parser, byte[] Bytes) Bytes(params byte[][] fragments)
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(Uids.JPEGBaseline8Bit);
        var bytes = DatasetWriter.ToArray(SampleDatasets.Encapsulated(fragments), syntax);
        var parser = new DatasetParser(syntax);
        parser.Append(bytes);
        return (parser, bytes);
    }

    private static byte[] Cut(byte[] bytes, FrameExtent frame) =>
        [.. frame.Ranges.SelectMany(r => bytes.AsSpan((int)r.Offset, (int)r.Length).ToArray())];
}
