using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dicom.Tests.Samples;

public sealed class SampleObjectsTests
{
    [Fact]
    public void OneOfEach_InEveryTransferSyntax_ReadsBackAsTheSameBytes()
    {
        foreach (var syntax in TransferSyntaxRegistry.All)
        {
            foreach (var sample in SampleObjects.OneOfEach(new() { TransferSyntax = syntax }))
            {
                var bytes = sample.ToDatasetBytes();
                var read = DatasetReader.Read(bytes, syntax);
                Assert.Equal(sample.SopInstanceUid, read.GetString(Tags.SOPInstanceUID));
                Assert.True(Uid.IsValid(sample.SopInstanceUid));
                Assert.Equal(bytes, sample.ToDatasetBytes());
            }
        }
    }

    [Fact]
    public void Study_Twice_IsTheSame()
    {
        var (a, b) = (SampleObjects.Study(2, 3), SampleObjects.Study(2, 3));
        Assert.Equal(6, a.Select(o => o.SopInstanceUid).Distinct().Count());
        Assert.Equal(2, a.Select(o => o.SeriesInstanceUid).Distinct().Count());
        Assert.Single(a.Select(o => o.StudyInstanceUid).Distinct());
        Assert.All(a.Zip(b), pair => Assert.Equal(pair.First.ToPart10(), pair.Second.ToPart10()));
        Assert.NotEqual(a[0].StudyInstanceUid, SampleObjects.Ct(new() { Seed = 2 }).StudyInstanceUid);
    }

    [Fact]
    public void Ct_InJapanese_HasItsName()
    {
        const string Name = "Yamada^Tarou=山田^太郎=やまだ^たろう";
        var sample = SampleObjects.Ct(new() { CharacterSet = ["", "ISO 2022 IR 87"], PatientName = Name });
        Assert.Equal(Name, DicomFile.Read(new MemoryStream(sample.ToPart10())).Dataset.GetString(Tags.PatientName));
    }

    [Fact]
    public void WriteLarge_Frames_AreAllThere()
    {
        using var stream = new MemoryStream();
        var sample = SampleObjects.WriteLarge(stream, new() { Frames = 100, Rows = 64, Columns = 64 });
        stream.Position = 0;
        var file = DicomFile.Read(stream);
        Assert.Equal(sample.SopInstanceUid, file.Dataset.GetString(Tags.SOPInstanceUID));
        Assert.Equal(100 * 64 * 64, Assert.IsType<BulkElement>(file.Dataset[Tags.PixelData]).Length);
    }

    [Fact]
    public async Task OneOfEach_Dcmdump_ReadsThem()
    {
        using var folder = new TemporaryFolder();
        foreach (var sample in SampleObjects.OneOfEach())
            Assert.Contains(sample.SopInstanceUid, await Dcmtk.DumpAsync(sample.WriteTo(folder.Path)), StringComparison.Ordinal);
    }
}
