using Pacs.Storage.DicomWeb;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;
using Pacs.TestKit.Samples;

namespace Pacs.TestKit;

/// <summary>An archive of its own within this process, without a port: what it has is sent to others, and what others have fetched into it.</summary>
public sealed class LocalArchive : IDisposable
{
    private readonly PostgresFixture _postgres = new();
    private readonly StorageProcess _process;

    public LocalArchive() => _process = _postgres.StartProcess();

    public PostgresFixture Postgres => _postgres;

    public T Get<T>() where T : notnull => _process.Get<T>();

    public DicomWebClient Connect(Peer peer) => Get<DicomWebConnector>().Connect(peer);

    /// <summary>Stores the objects and returns them as they are kept, in the same order.</summary>
    public async Task<IReadOnlyList<StoredInstance>> StoreAsync(IReadOnlyList<SampleObject> samples)
    {
        foreach (var sample in samples)
        {
            using var session = Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("test")));
            session.Write(sample.ToDatasetBytes());
            if (session.Complete() is { IsSuccess: false } refusal) throw new InvalidOperationException(refusal.Message);
        }
        var found = new Dictionary<string, StoredInstance>();
        await foreach (var instance in Get<RetrievalService>().SelectAsync(new InstanceSelector { SopInstanceUids = [.. samples.Select(s => s.SopInstanceUid)] }, default))
            found.Add(instance.SopInstanceUid, instance);
        return [.. samples.Select(s => found[s.SopInstanceUid])];
    }

    /// <summary>Sends instances to a DICOMweb peer, and returns all that came of it.</summary>
    public async Task<IReadOnlyList<(StoredInstance Instance, SendResult Result)>> SendAsync(Peer peer, IReadOnlyList<StoredInstance> instances)
    {
        var results = new List<(StoredInstance, SendResult)>();
        await foreach (var result in Connect(peer).StoreAsync(instances, StowOptions.Default, default)) results.Add(result);
        return results;
    }

    /// <summary>The data set as it is kept; null when it is not.</summary>
    public Task<byte[]?> ReadAsync(string sopInstanceUid) => ReadAsync(Get<RetrievalService>(), sopInstanceUid);

    /// <inheritdoc cref="ReadAsync(string)"/>
    /// <param name="retrieval">Of any archive.</param>
    /// <param name="sopInstanceUid">The object.</param>
    public static async Task<byte[]?> ReadAsync(RetrievalService retrieval, string sopInstanceUid)
    {
        await foreach (var instance in retrieval.SelectAsync(new InstanceSelector { SopInstanceUids = [sopInstanceUid] }, default))
        {
            using var bytes = new MemoryStream();
            await using var dataset = retrieval.OpenDataset(instance, instance.TransferSyntax);
            await dataset.CopyToAsync(bytes);
            return bytes.ToArray();
        }
        return null;
    }

    public void Dispose()
    {
        _process.Dispose();
        _postgres.Dispose();
    }
}
