using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Tests.Queries;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Retrieval;

/// <summary>A retrieve of what changes under it.</summary>
public sealed class InstanceSnapshotTests(QueryArchive archive) : IClassFixture<QueryArchive>
{
    [Fact]
    public async Task Read_StudyChangesMeanwhile_GivesWhatWasThere()
    {
        var options = SampleOptions.Fresh() with { Rows = 1, Columns = 1 };
        var samples = SampleObjects.Study(1, 300, options);
        Parallel.ForEach(samples, s => archive.Store(s));
        var snapshot = await SnapshotAsync(new() { StudyInstanceUids = [samples[0].StudyInstanceUid] });
        Assert.Equal(samples.Select(s => s.SopInstanceUid), snapshot.SopInstanceUids);

        archive.Store(SampleObjects.Ct(options with { InstanceNumber = 0 }));
        archive.Store(SampleObjects.Ct(options with { InstanceNumber = 301 }));
        archive.Store(SampleObjects.Ct(options with { InstanceNumber = 290, Customize = d => d.Set(Tags.ImageComments, "replaced") }));
        await archive.Process.Get<Deletion>().DeleteAsync(samples[0].StudyInstanceUid, samples[0].SeriesInstanceUid, samples[279].SopInstanceUid, CancellationToken.None);

        var read = new List<StoredInstance?>();
        await foreach (var instance in snapshot.ReadAsync(CancellationToken.None)) read.Add(instance);
        Assert.Equal(samples.Select((s, i) => i == 279 ? null : s.SopInstanceUid), read.Select(i => i?.SopInstanceUid));
        Assert.Equal("replaced", (await archive.Process.Get<RetrievalService>().ReadHeaderAsync(read[289]!, CancellationToken.None)).GetString(Tags.ImageComments));
    }

    [Fact]
    public async Task Kinds_OfFewAndOfMany_AreDistinctInOrder()
    {
        var options = SampleOptions.Fresh() with { Rows = 1, Columns = 1 };
        SampleObject[] samples = [.. SampleObjects.Study(1, 260, options), SampleObjects.Mr(options with { SeriesNumber = 2 }), SampleObjects.Encapsulated(options with { SeriesNumber = 3 })];
        Parallel.ForEach(samples, s => archive.Store(s));
        ObjectKind[] kinds =
        [
            new(Uids.CTImageStorage, TransferSyntaxRegistry.ExplicitVrLittleEndian),
            new(Uids.MRImageStorage, TransferSyntaxRegistry.ExplicitVrLittleEndian),
            new(Uids.SecondaryCaptureImageStorage, TransferSyntaxRegistry.GetOrAssume(Uids.JPEGBaseline8Bit)),
        ];
        Assert.Equal(kinds, (await SnapshotAsync(new() { StudyInstanceUids = [samples[0].StudyInstanceUid] })).Kinds);
        Assert.Equal(kinds[1..], (await SnapshotAsync(new() { SeriesInstanceUids = [samples[260].SeriesInstanceUid, samples[261].SeriesInstanceUid] })).Kinds);
    }

    [Fact]
    public async Task Snapshot_NothingThere_IsEmpty()
    {
        var snapshot = await SnapshotAsync(new() { StudyInstanceUids = ["1.2.3"] });
        Assert.Empty(snapshot.SopInstanceUids);
        Assert.Empty(snapshot.Kinds);
    }

    private Task<InstanceSnapshot> SnapshotAsync(InstanceSelector selector) => archive.Process.Get<RetrievalService>().SnapshotAsync(selector, CancellationToken.None);
}
