using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Tests.Datasets;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.TransferSyntaxes;

public sealed class NativeTranscodingStreamTests
{
    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var from in SampleDatasets.Natives)
            {
                foreach (var to in SampleDatasets.Natives) pairs.Add(from.Uid, to.Uid);
            }
            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Read_AnyPair_KeepsTheDataset(string fromUid, string toUid)
    {
        var (from, to) = (TransferSyntaxRegistry.GetOrAssume(fromUid), TransferSyntaxRegistry.GetOrAssume(toUid));
        var transcoded = Transcode(DatasetWriter.ToArray(SampleDatasets.Rich(), from), from, to);
        Assert.Equal(Delimited(SampleDatasets.Rich()), Delimited(DatasetReader.Read(transcoded, to, SampleDatasets.Everything)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(65_536)]
    public void Read_SourceAndReaderOfAnyPieces_GiveTheSame(int piece)
    {
        var pixels = new byte[300_001];
        new Random(3).NextBytes(pixels);
        var dataset = SampleDatasets.Rich().Set(new ValueElement(Tags.PixelData, Vr.OW, pixels));
        var big = DatasetWriter.ToArray(dataset, TransferSyntaxRegistry.ExplicitVrBigEndian);
        var little = DatasetWriter.ToArray(dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian);
        using var stream = NativeTranscodingStream.Create(new Trickle(little, piece), TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrBigEndian);
        using var result = new MemoryStream();
        stream.CopyTo(result, piece);
        Assert.Equal(big, result.ToArray());
    }

    [Fact]
    public void Read_HugeValue_TakesBoundedMemory()
    {
        var dataset = new DicomDataset().Set(new ValueElement(Tags.PixelData, Vr.OW, new byte[20_000_000]));
        var bytes = DatasetWriter.ToArray(dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian);
        var buffer = new byte[64 * 1024];
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var stream = NativeTranscodingStream.Create(new MemoryStream(bytes), TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ImplicitVrLittleEndian);
        while (stream.Read(buffer) > 0) { }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000);
    }

    [Fact]
    public void Read_GroupLengthWhereSizesChange_IsLeftOut()
    {
        var bytes = SampleDatasets.Hex("1000 0000 554C 0400 0A000000  1000 2000 4C4F 0200 3131");
        Assert.Equal(SampleDatasets.Hex("1000 2000 02000000 3131"), Transcode(bytes, TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ImplicitVrLittleEndian));
        Assert.Equal(SampleDatasets.Hex("0010 0000 554C 0004 0000000A  0010 0020 4C4F 0002 3131"), Transcode(bytes, TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrBigEndian));
    }

    [Fact]
    public void Read_ImplicitToExplicit_TakesVrsFromTheDictionary()
    {
        var bytes = SampleDatasets.Hex("2800 0301 02000000 0100  2800 0601 02000000 FEFF  2900 0110 02000000 0102  E07F 1000 02000000 0102");
        Assert.Equal(SampleDatasets.Hex("2800 0301 5553 0200 0100  2800 0601 5353 0200 FEFF  2900 0110 554E 0000 02000000 0102  E07F 1000 4F57 0000 02000000 0102"),
            Transcode(bytes, TransferSyntaxRegistry.ImplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrLittleEndian));
    }

    [Fact]
    public void Read_UnOfUndefinedLength_StaysImplicitInside()
    {
        var bytes = SampleDatasets.Hex("0900 0110 554E 0000 FFFFFFFF FEFF 00E0 0A000000 2800 1000 02000000 0102 FEFF DDE0 00000000");
        var big = Transcode(bytes, TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrBigEndian);
        Assert.Equal(SampleDatasets.Hex("0009 1001 554E 0000 FFFFFFFF FEFF 00E0 0A000000 2800 1000 02000000 0102 FEFF DDE0 00000000"), big);
        Assert.Equal(bytes, Transcode(big, TransferSyntaxRegistry.ExplicitVrBigEndian, TransferSyntaxRegistry.ExplicitVrLittleEndian));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Read_EveryTruncatedPrefix_ThrowsTypedOrEnds(string fromUid, string toUid)
    {
        var (from, to) = (TransferSyntaxRegistry.GetOrAssume(fromUid), TransferSyntaxRegistry.GetOrAssume(toUid));
        var bytes = DatasetWriter.ToArray(SampleDatasets.Rich(), from);
        for (var length = 0; length < bytes.Length; length += 3)
        {
            var fault = Record.Exception(() => Transcode(bytes[..length], from, to));
            Assert.True(fault is null or DicomFormatException, fault?.ToString());
        }
    }

    [Fact]
    public void Create_Encapsulated_Throws() =>
        Assert.Throws<ArgumentException>(() => NativeTranscodingStream.Create(Stream.Null, TransferSyntaxRegistry.GetOrAssume(Uids.RLELossless), TransferSyntaxRegistry.ExplicitVrLittleEndian));

    [Fact]
    public async Task ReadAsync_GivesTheSameAsRead()
    {
        var bytes = DatasetWriter.ToArray(SampleDatasets.Rich(), TransferSyntaxRegistry.ExplicitVrLittleEndian);
        await using var stream = NativeTranscodingStream.Create(new MemoryStream(bytes), TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrBigEndian);
        using var result = new MemoryStream();
        await stream.CopyToAsync(result);
        Assert.Equal(DatasetWriter.ToArray(SampleDatasets.Rich(), TransferSyntaxRegistry.ExplicitVrBigEndian), result.ToArray());
    }

    /// <summary>The data set as bytes in which every length is undefined, because transcoding may change which are.</summary>
    private static byte[] Delimited(DicomDataset dataset) => CompactHeader.Encode(Delimit(dataset));

    private static DicomDataset Delimit(DicomDataset dataset)
    {
        var result = new DicomDataset { HasUndefinedLength = true };
        foreach (var element in dataset)
            result.Set(element is SequenceElement s ? new SequenceElement(s.Tag, [.. s.Items.Select(Delimit)], hasUndefinedLength: true, s.Vr) : element);
        return result;
    }

    private static byte[] Transcode(byte[] dataset, TransferSyntax from, TransferSyntax to)
    {
        using var stream = NativeTranscodingStream.Create(new MemoryStream(dataset), from, to);
        using var result = new MemoryStream();
        stream.CopyTo(result);
        return result.ToArray();
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(piece, buffer.Length)]);
    }
}
