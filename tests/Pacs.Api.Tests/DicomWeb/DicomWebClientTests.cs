using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Commitments;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.DicomWeb;

/// <summary>The DICOMweb client of one archive against the server of another.</summary>
public sealed class DicomWebClientTests(ApiServer server) : IClassFixture<ApiServer>, IDisposable
{
    private readonly LocalArchive _archive = new();

    [Fact]
    public async Task Store_Study_ArrivesAsStored()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] study = [.. SampleObjects.Study(2, 6, options with { Rows = 16, Columns = 16 }), SampleObjects.Encapsulated(options with { SeriesNumber = 9 })];
        var instances = await _archive.StoreAsync(study);
        var results = await _archive.SendAsync(Peer() with { Web = Web() with { MaxInstancesPerRequest = 5 } }, instances);
        Assert.Equal(study.Length, results.Count);
        Assert.All(results, r => Assert.Equal((SendOutcome.Sent, ""), (r.Result.Outcome, r.Result.Message)));

        foreach (var sample in study)
        {
            var there = await LocalArchive.ReadAsync(server.Services.GetRequiredService<RetrievalService>(), sample.SopInstanceUid);
            Assert.Equal(sample.ToDatasetBytes(), there);
        }
    }

    [Fact]
    public async Task SearchRetrieveAndCommit_Study_RoundTrips()
    {
        var study = SampleObjects.Study(2, 5, SampleOptions.Fresh() with { Rows = 16, Columns = 16 });
        await server.StoreAsync(study);
        var client = _archive.Connect(Peer() with { Web = Web() with { PageSize = 3 } });
        MatchingKey[] keys = [new(new AttributePath(Tags.StudyInstanceUID), Vr.UI, [study[0].StudyInstanceUid])];
        var found = await ListAsync(client.SearchAsync(DicomWebQuery.Of(new QuerySpec(QueryLevel.Instance) { Keys = keys, Return = [new(Tags.PatientName)] }), default));
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(), found.Select(f => f.GetString(Tags.SOPInstanceUID)!).Order());

        var resource = new DicomWebResource(study[0].StudyInstanceUid);
        var results = await ListAsync(client.RetrieveAsync(resource, new IngestSource("WADO-RS"), null, default));
        Assert.All(results, r => Assert.Equal(IngestOutcome.Stored, r.Outcome));
        foreach (var sample in study) Assert.Equal(sample.ToDatasetBytes(), await _archive.ReadAsync(sample.SopInstanceUid));

        using var file = new MemoryStream();
        var length = await client.CopyAsync(new DicomWebResource(study[3].StudyInstanceUid, study[3].SeriesInstanceUid, study[3].SopInstanceUid), file, default);
        Assert.Equal(length, file.Length);
        Assert.True(file.ToArray().AsSpan().EndsWith(study[3].ToDatasetBytes()));

        var transaction = Uid.Generate();
        var commitment = await client.RequestCommitmentAsync(transaction, [new CommitmentReference(study[0].SopClassUid, study[0].SopInstanceUid), new CommitmentReference(study[0].SopClassUid, "1.2.3.4")], default);
        Assert.True(commitment.IsDone);
        Assert.Equal([study[0].SopInstanceUid], commitment.Committed);
        Assert.Equal([new("1.2.3.4", 0x0112)], commitment.Failed);
        Assert.Equal([study[0].SopInstanceUid], (await client.CheckCommitmentAsync(transaction, default)).Committed);
    }

    public void Dispose() => _archive.Dispose();

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items) list.Add(item);
        return list;
    }

    private PeerWeb Web() => new() { Url = $"{server.Address}/dicomweb" };

    private Peer Peer() => new("REMOTE") { Web = Web() };
}
