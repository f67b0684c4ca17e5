using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.Datasets;

public sealed class DatasetWriterTests
{
    private static readonly TransferSyntax Explicit = TransferSyntaxRegistry.ExplicitVrLittleEndian;

    [Theory]
    [InlineData(Uids.ExplicitVRLittleEndian, "2800 1000 5553 0200 0201  2100 0010 5351 0000 1C000000 FEFF 00E0 FFFFFFFF 1000 2000 4C4F 0400 41424320 FEFF 0DE0 00000000")]
    [InlineData(Uids.ImplicitVRLittleEndian, "2800 1000 02000000 0201  2100 0010 1C000000 FEFF 00E0 FFFFFFFF 1000 2000 04000000 41424320 FEFF 0DE0 00000000")]
    [InlineData(Uids.ExplicitVRBigEndian, "0028 0010 5553 0002 0102  0021 1000 5351 0000 0000001C FFFE E000 FFFFFFFF 0010 0020 4C4F 0004 41424320 FFFE E00D 00000000")]
    public void Write_GoldenBytes(string uid, string hex)
    {
        var item = new DicomDataset { HasUndefinedLength = true }.Set(Tags.PatientID, "ABC");
        var dataset = new DicomDataset();
        dataset.Append(new ValueElement(Tags.Rows, Vr.US, new byte[] { 2, 1 }));
        dataset.Append(new SequenceElement(new Tag(0x00211000), [item]));
        Assert.Equal(SampleDatasets.Hex(hex), DatasetWriter.ToArray(dataset, TransferSyntaxRegistry.GetOrAssume(uid)));
    }

    [Theory]
    [MemberData(nameof(SampleDatasets.NativeUids), MemberType = typeof(SampleDatasets))]
    public void Write_Read_GivesTheSameDataset(string uid)
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(uid);
        var read = DatasetReader.Read(DatasetWriter.ToArray(SampleDatasets.Rich(), syntax), syntax, SampleDatasets.Everything);
        Assert.Equal(CompactHeader.Encode(SampleDatasets.Rich()), CompactHeader.Encode(read));
    }

    [Fact]
    public void Write_Encapsulated_ReadsBack()
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(Uids.RLELossless);
        var bytes = DatasetWriter.ToArray(SampleDatasets.Encapsulated([], [1, 2], [3, 4]), syntax);
        var read = Assert.IsType<FragmentsElement>(DatasetReader.Read(bytes, syntax, SampleDatasets.Everything)[Tags.PixelData]);
        Assert.Equal([0, 2, 2], read.Fragments.Select(f => f.Length));
        Assert.Equal(bytes, DatasetWriter.ToArray(DatasetReader.Read(bytes, syntax, SampleDatasets.Everything), syntax));
    }

    [Fact]
    public void Write_ValueTooLongForItsVr_BecomesUn()
    {
        var dataset = new DicomDataset().Set(new ValueElement(Tags.PatientComments, Vr.LT, new byte[70_000]));
        var read = DatasetReader.Read(DatasetWriter.ToArray(dataset, Explicit), Explicit, SampleDatasets.Everything);
        Assert.Equal(Vr.UN, Assert.Single(read).Vr);
        Assert.Equal(70_000, ((ValueElement)read[Tags.PatientComments]!).Value.Length);
    }

    [Fact]
    public void Write_ChangedSequence_HasTheNewLengths()
    {
        var read = DatasetReader.Read(DatasetWriter.ToArray(SampleDatasets.Rich(), Explicit), Explicit, SampleDatasets.Everything);
        read.GetItems(Tags.ReferencedStudySequence)[0].Set(Tags.StudyDescription, "a longer description");
        var again = DatasetReader.Read(DatasetWriter.ToArray(read, Explicit), Explicit, SampleDatasets.Everything);
        Assert.Equal("a longer description", again.GetItems(Tags.ReferencedStudySequence)[0].GetString(Tags.StudyDescription));
    }

    [Fact]
    public void Write_BulkElement_Throws() =>
        Assert.Throws<InvalidOperationException>(() => DatasetWriter.ToArray(new DicomDataset().Set(new BulkElement(Tags.PixelData, Vr.OW, 0, 1, false)), Explicit));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Write_Deflated_HasEvenLength(int patients)
    {
        var dataset = new DicomDataset().Set(Tags.PatientID, new string('x', patients));
        Assert.Equal(0, DatasetWriter.ToArray(dataset, TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian).Length % 2);
    }
}
