using System.Collections.Concurrent;
using Pacs.Storage.Ingest;
using Pacs.Storage.Maintenance;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Ingest;

public sealed class ConcurrencyTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Fact]
    public void Complete_SixteenWritersOfTwoProcessesInTheSameStudies_CountersAreExact()
    {
        using var one = fixture.StartProcess();
        using var two = fixture.StartProcess();
        // Three studies of one patient, and each object twice: who is first stores it.
        var seed = Random.Shared.Next();
        var samples = Enumerable.Range(0, 3).SelectMany(s => SampleObjects.Study(3, 20, new SampleOptions { Seed = seed, Rows = 8, Columns = 8, StudyInstanceUid = SampleObjects.UidOf(seed, $"study {s}") })).ToArray();
        SampleObject[] work = [.. samples, .. samples];
        Random.Shared.Shuffle(work);
        var queue = new ConcurrentQueue<SampleObject>(work);
        var outcomes = new ConcurrentBag<IngestOutcome>();
        var threads = Enumerable.Range(0, 16).Select(n => new Thread(() =>
        {
            while (queue.TryDequeue(out var sample)) outcomes.Add((n % 2 == 0 ? one : two).Store(sample).Outcome);
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();

        Assert.Equal((180, 180), (outcomes.Count(o => o == IngestOutcome.Stored), outcomes.Count(o => o == IngestOutcome.AlreadyStored)));
        Assert.Equal("3 9 180", fixture.Query($"SELECT study_count || ' ' || series_count || ' ' || instance_count FROM patients WHERE patient_id = 'P{seed}'"));
        AssertCountersAreTrue();
        Assert.Equal(180, fixture.BlobCount());
    }

    [Fact]
    public async Task Delete_WhileTheStudyIsStored_NothingIsLeftHalf()
    {
        using var one = fixture.StartProcess();
        using var two = fixture.StartProcess();
        var samples = SampleObjects.Study(2, 40, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        var storing = Task.Run(() =>
        {
            foreach (var sample in samples) Assert.True(one.Store(sample).IsSuccess);
        });
        while (!storing.IsCompleted) await two.Get<Deletion>().DeleteAsync(samples[0].StudyInstanceUid, null, null, default);
        await storing;
        AssertCountersAreTrue();
        await two.Get<Deletion>().DeleteAsync(samples[0].StudyInstanceUid, null, null, default);
        Assert.Equal(0L, fixture.Query($"SELECT count(*) FROM studies WHERE study_instance_uid = '{samples[0].StudyInstanceUid}'"));
        Assert.Equal(0L, fixture.Query("SELECT count(*) FROM doomed_blobs"));
    }

    private void AssertCountersAreTrue()
    {
        Assert.Equal(0L, fixture.Query("SELECT count(*) FROM series s WHERE instance_count <> (SELECT count(*) FROM instances WHERE series_key = s.id)"));
        Assert.Equal(0L, fixture.Query("SELECT count(*) FROM studies s WHERE (series_count, instance_count) <> (SELECT count(*), coalesce(sum(instance_count), 0) FROM series WHERE study_key = s.id)"));
        Assert.Equal(0L, fixture.Query("SELECT count(*) FROM patients p WHERE (study_count, series_count, instance_count) <> (SELECT count(*), coalesce(sum(series_count), 0), coalesce(sum(instance_count), 0) FROM studies WHERE patient_key = p.id)"));
    }
}
