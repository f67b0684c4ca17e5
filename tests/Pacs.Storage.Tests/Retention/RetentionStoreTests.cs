using Pacs.Storage.Jobs;
using Pacs.Storage.Retention;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Retention;

public sealed class RetentionStoreTests : IClassFixture<PostgresFixture>, IDisposable
{
    private readonly PostgresFixture _postgres;
    private readonly StorageProcess _process;

    public RetentionStoreTests(PostgresFixture postgres)
    {
        (_postgres, _process) = (postgres, postgres.StartProcess());
        _postgres.Query("DELETE FROM retention_classes; DELETE FROM retention_studies; DELETE FROM jobs; DELETE FROM routing_outbox");
    }

    private RetentionStore Retention => _process.Get<RetentionStore>();

    [Fact]
    public async Task Due_TimeOver_IsListedAndDeletedAndTold()
    {
        await Retention.PutAsync(new RetentionClass { Name = "short", DaysSinceReceived = 7 }, default);
        var (old, young, free) = (Store(), Store(), Store());
        Classify(old, young);
        Age(old, 8);
        Age(free, 8);
        var due = Assert.Single(await Retention.ListDueAsync(10, default));
        Assert.Equal((old, "short", "r", 2), (due.StudyInstanceUid, due.Class, due.Rule, due.Objects));
        Assert.True(due.Bytes > 0);
        Assert.Equal(1, await Retention.PlanAsync(default));
        Assert.Equal(0, await Retention.PlanAsync(default));
        Assert.Equal(2, await Retention.DeleteAsync(old, default));
        Assert.Equal(2L, _postgres.Query($"SELECT count(*) FROM changes WHERE kind = 3 AND study_instance_uid = '{old}'"));
        Assert.Equal(0, await Retention.DeleteAsync(young, default));
        Assert.Equal(0L, _postgres.Query($"SELECT count(*) FROM retention_studies WHERE study_instance_uid = '{old}'"));
        Assert.Equal(2L, _postgres.Query($"SELECT count(*) FROM studies WHERE study_instance_uid IN ('{young}', '{free}')"));
    }

    [Theory]
    [InlineData("INSERT INTO routing_outbox (rule_id, is_due, study_instance_uid, series_instance_uid, sop_instance_uid, came_from, came_back) VALUES (0, false, '{study}', '1', '1', '', false)")]
    [InlineData("INSERT INTO committed_instances (sop_instance_uid) SELECT sop_instance_uid FROM instances i JOIN series r ON r.id = i.series_key JOIN studies s ON s.id = r.study_key WHERE study_instance_uid = '{study}' LIMIT 1")]
    [InlineData("INSERT INTO jobs (kind, state, study_instance_uid) VALUES ('forward', 0, '{study}')")]
    [InlineData("INSERT INTO jobs (kind, state, study_instance_uid) VALUES ('forward', 7, '{study}')")]
    [InlineData("INSERT INTO jobs (kind, state, study_instance_uid) VALUES ('forward', 4, '{study}')")]
    [InlineData("INSERT INTO jobs (kind, state, sop_instance_uid) SELECT 'forward', 1, sop_instance_uid FROM instances i JOIN series r ON r.id = i.series_key JOIN studies s ON s.id = r.study_key WHERE study_instance_uid = '{study}' LIMIT 1")]
    [InlineData("INSERT INTO gateway_objects (sop_instance_uid, peer, study_instance_uid, series_instance_uid, blob_key, blob_length, state, received_at) VALUES ('{study}.1', 'CLOUD', '{study}', '1', 'k', 1, 0, now())")]
    [InlineData("INSERT INTO gateway_objects (sop_instance_uid, peer, study_instance_uid, series_instance_uid, blob_key, blob_length, state, received_at) VALUES ('{study}.1', 'CLOUD', '{study}', '1', 'k', 1, 3, now())")]
    [InlineData("UPDATE studies SET updated_at = now() WHERE study_instance_uid = '{study}'")]
    [InlineData("UPDATE retention_classes SET settings = settings || '{\"isEnabled\":false}'")]
    public async Task Delete_StillNeeded_Stays(string why)
    {
        await Retention.PutAsync(new RetentionClass { Name = "short", DaysSinceReceived = 7 }, default);
        var study = Store();
        Classify(study);
        Age(study, 8);
        Assert.Single(await Retention.ListDueAsync(10, default));
        _postgres.Query(why.Replace("{study}", study, StringComparison.Ordinal));
        Assert.Empty(await Retention.ListDueAsync(10, default));
        Assert.Equal(0, await Retention.DeleteAsync(study, default));
        Assert.Equal(1L, _postgres.Query($"SELECT count(*) FROM studies WHERE study_instance_uid = '{study}'"));
    }

    [Theory]
    [InlineData("study_instance_uid = '{study}'", "study_instance_uid = '{study}'", 1L)]
    [InlineData("series_instance_uid = (SELECT series_instance_uid FROM series r JOIN studies s ON s.id = r.study_key WHERE s.study_instance_uid = '{study}')", "series_instance_uid IS NOT NULL", 1L)]
    [InlineData("sop_instance_uid = (SELECT sop_instance_uid FROM instances i JOIN series r ON r.id = i.series_key JOIN studies s ON s.id = r.study_key WHERE s.study_instance_uid = '{study}' LIMIT 1)", "sop_instance_uid IS NOT NULL", 1L)]
    [InlineData("study_instance_uid = '1.2.3'", "study_instance_uid = '1.2.3'", 0L)]
    [InlineData("study_instance_uid = '{study}', state = 3", "study_instance_uid = '{study}'", 0L)]
    public async Task Tidy_FailedJobThatKeepsAStudy_IsNotForgotten(string job, string which, long left)
    {
        await Retention.PutAsync(new RetentionClass { Name = "short", DaysSinceReceived = 7 }, default);
        var study = Store();
        Classify(study);
        Age(study, 40);
        _postgres.Query("INSERT INTO jobs (kind, state, finished_at) VALUES ('forward', 4, now() - interval '31 days')");
        _postgres.Query($"UPDATE jobs j SET {job}".Replace("{study}", study, StringComparison.Ordinal));

        await _process.Get<JobQueue>().TidyAsync([], default);

        Assert.Equal(left, _postgres.Query($"SELECT count(*) FROM jobs WHERE {which}".Replace("{study}", study, StringComparison.Ordinal)));
        Assert.Equal(left, 1L - (await Retention.ListDueAsync(10, default)).Count);
    }

    [Fact]
    public async Task Delete_OfModalities_LeavesOtherSeries()
    {
        await Retention.PutAsync(new RetentionClass { Name = "short", DaysSinceStudyDate = 30, Modalities = ["MR", "US"] }, default);
        var options = SampleOptions.Fresh() with { StudyDate = "20200101" };
        _process.Store(SampleObjects.Ct(options));
        _process.Store(SampleObjects.Mr(options with { SeriesNumber = 2 }));
        _process.Store(SampleObjects.MultiFrame(options with { SeriesNumber = 3 }));
        var study = SampleObjects.Ct(options).StudyInstanceUid;
        Classify(study);
        Assert.Equal(2, Assert.Single(await Retention.ListDueAsync(10, default)).Objects);
        Assert.Equal(2, await Retention.DeleteAsync(study, default));
        Assert.Equal("CT", _postgres.Query($"SELECT string_agg(modality, ',') FROM series r JOIN studies s ON s.id = r.study_key WHERE study_instance_uid = '{study}'"));
        Assert.Empty(await Retention.ListDueAsync(10, default));
    }

    [Theory]
    [InlineData(null, null, "one of the two")]
    [InlineData(-1, null, "daysSinceReceived")]
    [InlineData(1, 40_000, "daysSinceStudyDate")]
    public void Faults_WrongClass_AreTold(int? received, int? studyDate, string told) =>
        Assert.Contains(RetentionStore.Faults(new RetentionClass { Name = "x", DaysSinceReceived = received, DaysSinceStudyDate = studyDate }), f => f.Contains(told, StringComparison.Ordinal));

    public void Dispose()
    {
        _postgres.Query("DELETE FROM retention_classes; DELETE FROM retention_studies; DELETE FROM committed_instances");
        _process.Dispose();
    }

    private string Store()
    {
        var study = SampleObjects.Study(1, 2, SampleOptions.Fresh());
        foreach (var sample in study) _process.Store(sample);
        return study[0].StudyInstanceUid;
    }

    private void Age(string study, int days) => _postgres.Query($"UPDATE studies SET updated_at = updated_at - interval '{days} days' WHERE study_instance_uid = '{study}'");

    private void Classify(params string[] studies)
    {
        foreach (var study in studies) _postgres.Query($"INSERT INTO retention_studies (study_instance_uid, class, rule) VALUES ('{study}', 'short', 'r')");
    }
}
