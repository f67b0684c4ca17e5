using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Maintenance;

public sealed class DeletionTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Delete_InstanceThenSeriesThenStudy_CountersAndTombstonesFollow()
    {
        using var process = fixture.StartProcess();
        var options = SampleOptions.Fresh();
        SampleObject[] samples = [.. SampleObjects.Study(2, 2, options), SampleObjects.Mr(options with { SeriesNumber = 3 })];
        foreach (var sample in samples) process.Store(sample);
        process.Store(SampleObjects.Ct(options with { Customize = d => d.Set(Tags.ImageComments, "second version") }));
        var deletion = process.Get<Deletion>();
        var (study, series) = (samples[0].StudyInstanceUid, samples[0].SeriesInstanceUid);

        Assert.Equal(0, await deletion.DeleteAsync(study, series, "1.2.3", default));
        Assert.Equal(1, await deletion.DeleteAsync(study, series, samples[0].SopInstanceUid, default));
        Assert.Equal("3 4 {CT,MR}", Study(study));
        Assert.Equal(1, await deletion.DeleteAsync(study, samples[4].SeriesInstanceUid, null, default));
        Assert.Equal("2 3 {CT}", Study(study));
        Assert.Equal(3, await deletion.DeleteAsync(study, null, null, default));
        Assert.Null(Study(study));
        Assert.Equal(0L, fixture.Query($"SELECT count(*) FROM patients WHERE patient_id = '{samples[0].PatientId}'"));
        Assert.Equal(9L, fixture.Query($"SELECT count(*) FROM deleted_objects"));
        Assert.Equal(0, fixture.BlobCount());

        Assert.True(process.Store(samples[0]).IsSuccess);
        Assert.Equal("1 1 {CT}", Study(study));
    }

    private object? Study(string uid) => fixture.Query($"SELECT series_count || ' ' || instance_count || ' ' || modalities::text FROM studies WHERE study_instance_uid = '{uid}'");
}
