using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Ingest;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Statistics;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Statistics;

public sealed class StatisticsStoreTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Read_StoredReplacedDeletedAndFolded_IsWhatTheTablesHold()
    {
        using var process = fixture.StartProcess();
        var options = SampleOptions.Fresh();
        SampleObject[] samples = [.. SampleObjects.Study(2, 3, options), SampleObjects.Mr(options with { SeriesNumber = 3 })];
        foreach (var sample in samples) Assert.Equal(IngestOutcome.Stored, process.Store(sample).Outcome);
        Assert.Equal(IngestOutcome.AlreadyStored, process.Store(samples[1]).Outcome);
        Assert.Equal(IngestOutcome.Replaced, process.Store(SampleObjects.Ct(options with { Customize = d => d.Set(Tags.ImageComments, "second version") })).Outcome);
        Assert.Equal(1, await process.Get<Deletion>().DeleteAsync(samples[1].StudyInstanceUid, samples[1].SeriesInstanceUid, samples[1].SopInstanceUid, default));
        await AssertTrueAsync(process);

        fixture.Query("DO $$ BEGIN FOR i IN 1..3000 LOOP INSERT INTO statistics_changes (instances) VALUES (0); END LOOP; END $$");
        Assert.InRange((long)fixture.Query("SELECT count(*) FROM statistics_changes")!, 1, 2999);
        await AssertTrueAsync(process);
    }

    private async Task AssertTrueAsync(StorageProcess process)
    {
        var statistics = await process.Get<StatisticsStore>().ReadAsync(default);
        Assert.Equal(["CT 5", "MR 1"], statistics.Modalities.Select(m => $"{m.Modality} {m.Instances}"));
        Assert.Equal(fixture.Query("SELECT sum(blob_length)::bigint FROM instances"), statistics.Bytes);
        Assert.Equal((1L, 1L, 3L), (statistics.Patients, statistics.Studies, statistics.Series));
    }
}
