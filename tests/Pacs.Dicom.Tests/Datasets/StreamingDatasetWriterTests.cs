using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.Datasets;

public sealed class StreamingDatasetWriterTests
{
    private static readonly DatasetLimits KeepAll = new() { KeepBulkData = true };
    private static readonly Tag PrivateData = new(0x00091010);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_001)]
    public void Write_StreamedValue_IsAsAValueInMemory(int length)
    {
        var bytes = Bytes(length);
        var streamed = new DicomDataset().Set(Tags.PatientID, "1").Set(Streamed(Tags.PixelData, Vr.OB, bytes)).Set(Tags.DataSetTrailingPadding, Vr.OB);
        var inMemory = new DicomDataset().Set(Tags.PatientID, "1").Set(new ValueElement(Tags.PixelData, Vr.OB, Even(bytes))).Set(Tags.DataSetTrailingPadding, Vr.OB);
        Assert.Equal(DatasetWriter.ToArray(inMemory, TransferSyntaxRegistry.ExplicitVrLittleEndian), Write(streamed, TransferSyntaxRegistry.ExplicitVrLittleEndian));
    }

    [Fact]
    public void Write_StreamedWithinItems_IsReadBack()
    {
        var inner = new DicomDataset().Set(Streamed(PrivateData, Vr.OB, Bytes(100_000))).Set(Tags.CodeValue, "a");
        var dataset = new DicomDataset().Set(Tags.ContentSequence, new DicomDataset().Set(Tags.ConceptNameCodeSequence, inner, new DicomDataset()), new DicomDataset());
        var read = DatasetReader.Read(Write(dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian), TransferSyntaxRegistry.ExplicitVrLittleEndian, KeepAll);
        Assert.Equal(2, read.GetItems(Tags.ContentSequence).Count);
        var item = read.GetItems(Tags.ContentSequence)[0].GetItems(Tags.ConceptNameCodeSequence);
        Assert.Equal(2, item.Count);
        Assert.Equal(Bytes(100_000), ((ValueElement)item[0][PrivateData]!).Value.ToArray());
        Assert.Equal("a", item[0].GetString(Tags.CodeValue));
    }

    [Fact]
    public void Write_Encapsulated_HasAFragmentForEachPiece()
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(Uids.JPEGBaseline8Bit);
        byte[][] frames = [Bytes(7), Bytes(300_000)];
        var dataset = new DicomDataset().Set(new StreamedElement(Tags.PixelData, Vr.OB, [.. frames.Select(Value)], isEncapsulated: true));
        var read = DatasetReader.Read(Write(dataset, syntax), syntax, KeepAll);
        var fragments = Assert.IsType<FragmentsElement>(read[Tags.PixelData]).Fragments;
        Assert.Equal([0, 8, 300_000], fragments.Select(f => f.Length));
        Assert.Equal(frames[1], fragments[2].ToArray());
    }

    [Fact]
    public void Write_ValueThatEndsEarly_Throws() => Assert.Throws<EndOfStreamException>(() => Write(
        new DicomDataset().Set(new StreamedElement(Tags.PixelData, Vr.OB, [new StreamedValue(10, () => new MemoryStream(5))])), TransferSyntaxRegistry.ExplicitVrLittleEndian));

    [Fact]
    public void Write_LongerThanAnElement_Throws() => Assert.Throws<InvalidOperationException>(() => Write(
        new DicomDataset().Set(new StreamedElement(Tags.PixelData, Vr.OB, [new StreamedValue(uint.MaxValue, () => Stream.Null)])), TransferSyntaxRegistry.ExplicitVrLittleEndian));

    private static StreamedElement Streamed(Tag tag, Vr vr, byte[] bytes) => new(tag, vr, [Value(bytes)]);
    private static StreamedValue Value(byte[] bytes) => new(bytes.Length, () => new MemoryStream(bytes));
    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
    private static byte[] Even(byte[] bytes) => bytes.Length % 2 == 0 ? bytes : [.. bytes, 0];

    private static byte[] Write(DicomDataset dataset, TransferSyntax syntax)
    {
        using var output = new MemoryStream();
        StreamingDatasetWriter.Write(dataset, syntax, output.Write);
        return output.ToArray();
    }
}
