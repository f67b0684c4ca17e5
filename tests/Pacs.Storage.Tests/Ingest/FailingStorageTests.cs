using Microsoft.Extensions.DependencyInjection;
using Pacs.Storage.Blobs;
using Pacs.Storage.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Ingest;

public sealed class FailingStorageTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Fact]
    public void Complete_DiskFullOrBroken_IsRefusedWithoutATraceAndWorksAfterwards()
    {
        var process = new StorageProcess(fixture.Configuration(), services => services.AddSingleton<IBlobStore>(s => new FailingBlobStore(s.GetRequiredService<FileBlobStore>())));
        var store = (FailingBlobStore)process.Get<IBlobStore>();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());

        using (var session = process.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("DIMSE"))))
        {
            session.Write(sample.ToDatasetBytes().AsSpan(0, 1000));
            store.FailsToWrite = true;
            session.Write(sample.ToDatasetBytes().AsSpan(1000));
            Assert.Equal(IngestOutcome.OutOfResources, session.Complete().Outcome);
        }
        Assert.Equal(IngestOutcome.OutOfResources, process.Store(sample).Outcome);
        (store.FailsToWrite, store.FailsToPublish) = (false, true);
        Assert.Equal(IngestOutcome.OutOfResources, process.Store(sample).Outcome);
        (store.FailsToPublish, store.FailsToFlush) = (false, true);
        Assert.Equal(IngestOutcome.OutOfResources, process.Store(sample).Outcome);
        Assert.Equal(0L, fixture.Query("SELECT (SELECT count(*) FROM instances) + (SELECT count(*) FROM series) + (SELECT count(*) FROM studies) + (SELECT count(*) FROM patients)"));
        Assert.Equal(0, fixture.BlobCount());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(fixture.DataFolder, "incoming"), "*.part", SearchOption.AllDirectories));

        store.FailsToFlush = false;
        Assert.Equal(IngestOutcome.Stored, process.Store(sample).Outcome);
        Assert.Equal(sample.ToDatasetBytes(), fixture.StoredDataset(sample.SopInstanceUid));
        process.Dispose();
        // No object was left in doubt.
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(fixture.DataFolder, "incoming")));
    }

    [Fact]
    public void Write_ReserveIsReachedWhileReceiving_IsRefusedBeforeTheDiskIsFull()
    {
        var time = new LeapingTime();
        using var process = new StorageProcess(fixture.Configuration(("Pacs:Storage:ReserveBytes", "1000000")), services => services
            .AddSingleton<IBlobStore>(s => new FailingBlobStore(s.GetRequiredService<FileBlobStore>())).AddSingleton<TimeProvider>(time));
        var store = (FailingBlobStore)process.Get<IBlobStore>();
        store.Free = 1_000_001;
        var sample = SampleObjects.MultiFrame(SampleOptions.Fresh() with { Rows = 1024, Columns = 1024, Frames = 65 });
        using var session = process.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("DIMSE")));
        store.Free = 1_000_000;
        time.Leap(TimeSpan.FromSeconds(2));
        foreach (var piece in sample.ToDatasetBytes().Chunk(1 << 20)) session.Write(piece);
        var result = session.Complete();
        Assert.Equal(IngestOutcome.OutOfResources, result.Outcome);
        Assert.InRange(result.Message.Length, 1, 64);
    }

    /// <summary>The system's, and a while later when told so.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        private long _leap;

        public void Leap(TimeSpan time) => Interlocked.Add(ref _leap, (long)(time.TotalSeconds * TimestampFrequency));
        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _leap);
    }
}
