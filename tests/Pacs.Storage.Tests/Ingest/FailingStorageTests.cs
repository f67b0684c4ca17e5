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
}
