using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Ingest;

public sealed class IngestTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Fact]
    public void Complete_NewObjects_KeepTheirBytesAndAreIndexed()
    {
        using var process = fixture.StartProcess();
        var options = SampleOptions.Fresh();
        var samples = SampleObjects.OneOfEach(options);
        foreach (var sample in samples)
        {
            var result = process.Store(sample);
            Assert.Equal(IngestOutcome.Stored, result.Outcome);
            Assert.Equal(sample.StudyInstanceUid, result.StudyInstanceUid);
            Assert.Equal(sample.ToDatasetBytes(), fixture.StoredDataset(sample.SopInstanceUid));
        }
        Assert.Equal($"6 6 {{CT,DOC,MR,OT,SR,US}}", fixture.Query($"SELECT series_count || ' ' || instance_count || ' ' || modalities::text FROM studies WHERE study_instance_uid = '{samples[0].StudyInstanceUid}'"));
        Assert.Equal("doe^jane 19700131 1 6 6", fixture.Query($"SELECT name_key || ' ' || birth_date || ' ' || study_count || ' ' || series_count || ' ' || instance_count FROM patients WHERE patient_id = '{samples[0].PatientId}'"));
        Assert.Equal(6L, fixture.Query($"SELECT count(*) FROM changes WHERE study_instance_uid = '{samples[0].StudyInstanceUid}'"));
    }

    [Fact]
    public void Complete_SameDatasetAgain_WritesNothing()
    {
        using var process = fixture.StartProcess();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        process.Store(sample);
        var before = fixture.BlobPath(sample.SopInstanceUid);
        var blobs = fixture.BlobCount();
        Assert.Equal(IngestOutcome.AlreadyStored, process.Store(sample).Outcome);
        Assert.Equal(before, fixture.BlobPath(sample.SopInstanceUid));
        Assert.Equal(blobs, fixture.BlobCount());
        Assert.Equal(1, fixture.Query($"SELECT instance_count FROM studies WHERE study_instance_uid = '{sample.StudyInstanceUid}'"));
    }

    [Theory]
    [InlineData("Replace", IngestOutcome.Replaced)]
    [InlineData("Keep", IngestOutcome.KeptExisting)]
    [InlineData("Reject", IngestOutcome.DuplicateRejected)]
    public void Complete_OtherDatasetOfTheUid_FollowsThePolicy(string policy, IngestOutcome expected)
    {
        using var process = fixture.StartProcess(("Pacs:Storage:Duplicates", policy));
        var options = SampleOptions.Fresh();
        var first = SampleObjects.Ct(options);
        var second = SampleObjects.Ct(options with { Customize = d => d.Set(Tags.ImageComments, "another") });
        process.Store(first);
        var firstPath = fixture.BlobPath(first.SopInstanceUid);
        Assert.Equal(expected, process.Store(second).Outcome);
        var isReplaced = expected == IngestOutcome.Replaced;
        Assert.Equal((isReplaced ? second : first).ToDatasetBytes(), fixture.StoredDataset(first.SopInstanceUid));
        Assert.True(File.Exists(firstPath));
        Assert.Equal(isReplaced ? 1L : 0L, fixture.Query($"SELECT count(*) FROM instance_versions WHERE sop_instance_uid = '{first.SopInstanceUid}'"));
        Assert.Equal("1 1", fixture.Query($"SELECT series_count || ' ' || instance_count FROM studies WHERE study_instance_uid = '{first.StudyInstanceUid}'"));
        // And the one stored now, once more.
        Assert.Equal(IngestOutcome.AlreadyStored, process.Store(isReplaced ? second : first).Outcome);
    }

    [Fact]
    public void Complete_LossyAfterLossless_NeverReplaces()
    {
        using var process = fixture.StartProcess();
        var options = SampleOptions.Fresh() with { SopInstanceUid = Pacs.Dicom.Primitives.Uid.Generate() };
        var lossless = SampleObjects.Ct(options);
        var lossy = SampleObjects.Encapsulated(options);
        process.Store(lossless);
        Assert.Equal(IngestOutcome.KeptExisting, process.Store(lossy).Outcome);
        Assert.Equal(lossless.ToDatasetBytes(), fixture.StoredDataset(lossless.SopInstanceUid));
    }

    [Fact]
    public void Complete_ReplacementInAnotherSeries_MovesTheInstanceAndRemovesTheEmptySeries()
    {
        using var process = fixture.StartProcess();
        var options = SampleOptions.Fresh() with { SopInstanceUid = Pacs.Dicom.Primitives.Uid.Generate() };
        process.Store(SampleObjects.Ct(options));
        var second = SampleObjects.Mr(options with { SeriesNumber = 2 });
        Assert.Equal(IngestOutcome.Replaced, process.Store(second).Outcome);
        Assert.Equal("1 1 {MR}", fixture.Query($"SELECT series_count || ' ' || instance_count || ' ' || modalities::text FROM studies WHERE study_instance_uid = '{second.StudyInstanceUid}'"));
    }

    [Fact]
    public void Complete_StoredBlobIsLost_IsHealedByTheSameObject()
    {
        using var process = fixture.StartProcess(("Pacs:Storage:Duplicates", "Reject"));
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        process.Store(sample);
        File.Delete(fixture.BlobPath(sample.SopInstanceUid));
        Assert.True(process.Store(sample).IsSuccess);
        Assert.Equal(sample.ToDatasetBytes(), fixture.StoredDataset(sample.SopInstanceUid));
    }

    [Fact]
    public void Complete_UidsDisagreeOrAreMissing_IsRefusedWithoutATrace()
    {
        using var process = fixture.StartProcess();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var blobs = fixture.BlobCount();
        using (var session = process.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("DIMSE")) { SopInstanceUid = "1.2.3" }))
        {
            session.Write(sample.ToDatasetBytes());
            var result = session.Complete();
            Assert.Equal(IngestOutcome.UidMismatch, result.Outcome);
            Assert.Equal([Tags.SOPInstanceUID], result.OffendingElements);
        }
        sample.Dataset.Remove(Tags.SeriesInstanceUID);
        Assert.Equal(IngestOutcome.IdentifierMissing, process.Store(sample).Outcome);
        Assert.Equal(IngestOutcome.NotUnderstood, process.Store(sample, sample.ToDatasetBytes()[..^7]).Outcome);
        Assert.Equal(blobs, fixture.BlobCount());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(fixture.DataFolder, "incoming"), "*.part", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("..a")]
    [InlineData("01.02.003")]
    [InlineData("-x_Y.")]
    public void Complete_StrangeUids_StayInTheTree(string uid)
    {
        using var process = fixture.StartProcess();
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { StudyInstanceUid = uid, SeriesInstanceUid = uid + "1", SopInstanceUid = uid + "2" });
        Assert.Equal(IngestOutcome.Stored, process.Store(sample).Outcome);
        Assert.Equal(sample.ToDatasetBytes(), fixture.StoredDataset(sample.SopInstanceUid));
    }

    [Fact]
    public async Task IngestFile_EverySyntax_KeepsTheDatasetBehindAFreshHeader()
    {
        using var process = fixture.StartProcess();
        foreach (var syntax in new[] { TransferSyntaxRegistry.ImplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrBigEndian, TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian })
        {
            var sample = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = syntax });
            var bytes = sample.ToDatasetBytes();
            byte[] file = [.. (sample.FileMeta with { MediaStorageSopInstanceUid = "1.2" }).ToPart10Header(), .. bytes];
            var result = await process.StoreFile(file);
            Assert.Equal(IngestOutcome.Stored, result.Outcome);
            Assert.Equal(bytes, fixture.StoredDataset(sample.SopInstanceUid));
            Assert.Equal(sample.SopInstanceUid, Pacs.Dicom.Files.DicomFile.Open(fixture.BlobPath(sample.SopInstanceUid)).FileMeta.MediaStorageSopInstanceUid);
        }
        var other = SampleObjects.Ct(SampleOptions.Fresh());
        Assert.Equal(IngestOutcome.UidMismatch, (await process.StoreFile(other.ToPart10(), "1.2.3")).Outcome);
        Assert.Equal(IngestOutcome.NotUnderstood, (await process.StoreFile("no DICOM"u8.ToArray())).Outcome);
    }

    [Fact]
    public void Begin_ReserveUsedUp_IsRefused()
    {
        using var process = fixture.StartProcess(("Pacs:Storage:ReserveBytes", long.MaxValue.ToString()));
        Assert.Equal(IngestOutcome.OutOfResources, process.Store(SampleObjects.Ct(SampleOptions.Fresh())).Outcome);
    }

    [Fact]
    public void Complete_LongSequences_AreKeptWholeAndCostLittle()
    {
        using var process = fixture.StartProcess();
        // A structure set with 24 MiB of contours, in values that each stay in memory.
        var points = string.Join('\\', Enumerable.Repeat("-123.45", 4000));
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with
        {
            Customize = d => d.Set(new SequenceElement(Tags.ContourSequence, [.. Enumerable.Range(0, 800).Select(_ => new DicomDataset().Set(Tags.ContourData, Vr.DS, points))])),
        });
        Assert.Equal(IngestOutcome.Stored, process.Store(sample).Outcome);
        Assert.Equal(sample.ToDatasetBytes(), fixture.StoredDataset(sample.SopInstanceUid));
        Assert.Equal(DBNull.Value, fixture.Query($"SELECT header FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'"));
        Assert.Equal(16L, Convert.ToInt64(fixture.Query($"SELECT bits_allocated FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'")));
    }
}
