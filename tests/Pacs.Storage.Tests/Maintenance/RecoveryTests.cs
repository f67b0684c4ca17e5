using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Blobs;
using Pacs.Storage.Ingest;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Maintenance;

public sealed class RecoveryTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Fact]
    public void Start_AfterACrash_DropsWhatIsNotWholeAndKeepsTheRest()
    {
        var options = SampleOptions.Fresh();
        var samples = SampleObjects.Study(1, 5, options);
        string partial, orphan;
        using (var crashed = fixture.StartProcess())
        {
            foreach (var sample in samples) crashed.Store(sample);
            // An object under way keeps the folder, as a crash would.
            crashed.Get<IngestService>().Begin(new IngestRequest(samples[0].TransferSyntax, new IngestSource("DIMSE")));
            File.Delete(fixture.BlobPath(samples[0].SopInstanceUid));
            using (var file = File.OpenWrite(partial = fixture.BlobPath(samples[1].SopInstanceUid))) file.SetLength(file.Length - 100);
            using (var file = File.OpenWrite(fixture.BlobPath(samples[2].SopInstanceUid))) file.Write(new byte[2000]);
            orphan = fixture.BlobPath(samples[3].SopInstanceUid);
            fixture.Query($"DELETE FROM instances WHERE sop_instance_uid = '{samples[3].SopInstanceUid}'");
            fixture.Query($"UPDATE series SET instance_count = 4 WHERE series_instance_uid = '{samples[3].SeriesInstanceUid}'");
            Backdate(crashed);
        }
        using var process = fixture.StartProcess();
        Assert.Equal(1L, fixture.Query($"SELECT count(*) FROM instances i JOIN series se ON se.id = series_key WHERE series_instance_uid = '{samples[0].SeriesInstanceUid}'"));
        Assert.Equal(1, fixture.Query($"SELECT instance_count FROM series WHERE series_instance_uid = '{samples[0].SeriesInstanceUid}'"));
        Assert.Equal(samples[4].ToDatasetBytes(), fixture.StoredDataset(samples[4].SopInstanceUid));
        Assert.False(File.Exists(partial));
        Assert.False(File.Exists(orphan));
        Assert.Equal(3, Directory.EnumerateFiles(Path.Combine(fixture.DataFolder, "quarantine"), "*.dcm", SearchOption.AllDirectories).Count(f => f.Contains(samples[0].SeriesInstanceUid)));
        Assert.All(samples, s => Assert.True(process.Store(s).IsSuccess));
    }

    [Fact]
    public void Start_ReplacementIsBroken_BringsTheFormerVersionBack()
    {
        var options = SampleOptions.Fresh();
        var former = SampleObjects.Ct(options);
        using (var crashed = fixture.StartProcess())
        {
            crashed.Store(former);
            Assert.Equal(IngestOutcome.Replaced, crashed.Store(SampleObjects.Ct(options with { Customize = d => d.Set(Tags.ImageComments, "second version") })).Outcome);
            crashed.Get<IngestService>().Begin(new IngestRequest(former.TransferSyntax, new IngestSource("DIMSE")));
            using (var file = File.OpenWrite(fixture.BlobPath(former.SopInstanceUid))) file.SetLength(file.Length - 100);
            Backdate(crashed);
        }
        using var process = fixture.StartProcess();
        Assert.Equal(former.ToDatasetBytes(), fixture.StoredDataset(former.SopInstanceUid));
        Assert.Equal(0L, fixture.Query($"SELECT count(*) FROM instance_versions WHERE sop_instance_uid = '{former.SopInstanceUid}'"));
        Assert.Equal(IngestOutcome.AlreadyStored, process.Store(former).Outcome);
    }

    [Fact]
    public async Task Start_IndexWasLostWithTheCrash_LeavesBlobsForItsRebuild()
    {
        var samples = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        using (var crashed = fixture.StartProcess())
        {
            foreach (var sample in samples) crashed.Store(sample);
            crashed.Get<IngestService>().Begin(new IngestRequest(samples[0].TransferSyntax, new IngestSource("DIMSE")));
            Backdate(crashed);
            // Finished before the checkpoint, and yet without a row: the index is as of a backup.
            File.SetLastWriteTimeUtc(fixture.BlobPath(samples[0].SopInstanceUid), DateTime.UtcNow.AddMinutes(-6));
            fixture.Query($"DELETE FROM instances WHERE sop_instance_uid IN ({string.Join(", ", samples.Select(s => $"'{s.SopInstanceUid}'"))})");
        }
        using var process = fixture.StartProcess();
        await process.Get<Reindex>().RunAsync(null, default);
        Assert.All(samples, s => Assert.Equal(s.ToDatasetBytes(), fixture.StoredDataset(s.SopInstanceUid)));
    }

    [Fact]
    public void Start_BesideALiveWriter_LeavesItAlone()
    {
        using var live = fixture.StartProcess();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var session = live.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("DIMSE")) { SopClassUid = sample.SopClassUid, SopInstanceUid = sample.SopInstanceUid });
        session.Write(sample.ToDatasetBytes());
        using (fixture.StartProcess())
            Assert.Equal(IngestOutcome.Stored, session.Complete().Outcome);
        Assert.Equal(sample.ToDatasetBytes(), fixture.StoredDataset(sample.SopInstanceUid));
    }

    // The clean stop of the process under test leaves the folder, as an object is under way; its checkpoint may have moved on by then.
    private static void Backdate(StorageProcess process) =>
        File.WriteAllText(Path.Combine(process.Get<WriterFolder>().Path, "checkpoint"), DateTimeOffset.UtcNow.AddMinutes(-5).ToString("O"));
}
