using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.Datasets;

public sealed class CompactHeaderTests
{
    private static readonly TransferSyntax Explicit = TransferSyntaxRegistry.ExplicitVrLittleEndian;

    [Fact]
    public void Decode_Encoded_WritesTheSameBytes()
    {
        var bytes = DatasetWriter.ToArray(SampleDatasets.Rich(), Explicit);
        var decoded = CompactHeader.Decode(CompactHeader.Encode(DatasetReader.Read(bytes, Explicit, SampleDatasets.Everything)));
        Assert.Equal(bytes, DatasetWriter.ToArray(decoded, Explicit));
    }

    [Fact]
    public void Decode_BulkElements_KeepTheirPlace()
    {
        var nested = new DicomDataset().Set(new BulkElement(Tags.PixelData, Vr.OB, 123_456_789_012, 77, isEncapsulated: true));
        var dataset = new DicomDataset().Set(Tags.IconImageSequence, nested).Set(new BulkElement(Tags.PixelData, Vr.OW, 3000, long.MaxValue >> 3, isEncapsulated: false));
        var decoded = CompactHeader.Decode(CompactHeader.Encode(dataset));
        var icon = Assert.IsType<BulkElement>(decoded.GetItems(Tags.IconImageSequence)[0][Tags.PixelData]);
        Assert.Equal((Vr.OB, 123_456_789_012, 77, true), (icon.Vr, icon.Offset, icon.Length, icon.IsEncapsulated));
        var pixels = Assert.IsType<BulkElement>(decoded[Tags.PixelData]);
        Assert.Equal((Vr.OW, 3000, long.MaxValue >> 3, false), (pixels.Vr, pixels.Offset, pixels.Length, pixels.IsEncapsulated));
    }

    [Fact]
    public void Decode_Fragments_AreKept()
    {
        var decoded = CompactHeader.Decode(CompactHeader.Encode(SampleDatasets.Encapsulated([], [1, 2])));
        Assert.Equal([0, 2], Assert.IsType<FragmentsElement>(decoded[Tags.PixelData]).Fragments.Select(f => f.Length));
    }

    [Fact]
    public void Decode_TextInItems_UsesTheCharacterSetOfTheDataSet()
    {
        var item = new DicomDataset().Set(Tags.ReferencedImageSequence, new DicomDataset().Set(new ValueElement(Tags.PatientName, Vr.PN, "Müller"u8.ToArray())));
        var dataset = new DicomDataset().Set(Tags.SpecificCharacterSet, "ISO_IR 192").Set(Tags.ReferencedStudySequence, item);
        var decoded = CompactHeader.Decode(CompactHeader.Encode(dataset));
        Assert.Equal("Müller", decoded.GetItems(Tags.ReferencedStudySequence)[0].GetItems(Tags.ReferencedImageSequence)[0].GetString(Tags.PatientName));
    }

    [Fact]
    public void Decode_EveryTruncatedPrefix_ThrowsTyped()
    {
        var bytes = CompactHeader.Encode(SampleDatasets.Rich());
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<DicomFormatException>(() => CompactHeader.Decode(bytes.AsMemory(0, length)));
    }

    [Fact]
    public void Decode_MutatedBytes_DecodeOrThrowTyped()
    {
        var random = new Random(2);
        var original = CompactHeader.Encode(SampleDatasets.Rich());
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = original.ToArray();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                CompactHeader.Decode(bytes);
            }
            catch (DicomFormatException)
            {
                continue;
            }
        }
    }

    [Fact]
    public void Decode_DepthBomb_ThrowsTyped()
    {
        // Each level: one element, a sequence of one item.
        var level = new byte[] { 2, 8, 0, 0x40, 0x11, 0x53, 0x51, 9 };
        var bytes = (byte[])[1, .. Enumerable.Repeat(level, 100_000).SelectMany(b => b), 0];
        Assert.Throws<DicomFormatException>(() => CompactHeader.Decode(bytes));
    }
}
