using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.Datasets;

public sealed class DatasetReaderTests
{
    [Fact]
    public void Read_StreamThatCanSeek_LeavesBulkDataUnread()
    {
        using var stream = new CountingStream(LargeDataset());
        var dataset = DatasetReader.Read(stream, TransferSyntaxRegistry.ExplicitVrLittleEndian);
        Assert.Equal(8 << 20, Assert.IsType<BulkElement>(dataset[Tags.PixelData]).Length);
        Assert.Equal(1000, Assert.IsType<ValueElement>(dataset[Tags.DataSetTrailingPadding]).Value.Length);
        Assert.InRange(stream.BytesRead, 1, 300_000);
    }

    [Fact]
    public void Read_StreamEndsWithinBulkData_Fails()
    {
        using var stream = new MemoryStream(LargeDataset()[..(4 << 20)]);
        Assert.Throws<DicomFormatException>(() => DatasetReader.Read(stream, TransferSyntaxRegistry.ExplicitVrLittleEndian));
    }

    private static byte[] LargeDataset() => DatasetWriter.ToArray(
        new DicomDataset().Set(Tags.PatientID, "1").Set(new ValueElement(Tags.PixelData, Vr.OW, new byte[8 << 20])).Set(new ValueElement(Tags.DataSetTrailingPadding, Vr.OB, new byte[1000])),
        TransferSyntaxRegistry.ExplicitVrLittleEndian);

    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long BytesRead { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var read = base.Read(buffer);
            BytesRead += read;
            return read;
        }
    }
}
