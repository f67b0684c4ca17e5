using Pacs.Storage.Access;
using Pacs.Storage.Blobs;
using Pacs.Storage.Gateway;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Gateway;

/// <summary>An archive behind the one under test, for one test.</summary>
internal sealed class TestArchive : IAsyncDisposable
{
    private readonly WorkerFixture _fixture;

    private TestArchive(WorkerFixture fixture, ScriptedDicomWeb web, string aeTitle) => (_fixture, Web, AeTitle) = (fixture, web, aeTitle);

    public ScriptedDicomWeb Web { get; }
    public string AeTitle { get; }

    public static async Task<TestArchive> StartAsync(WorkerFixture fixture, PeerGateway? gateway = null)
    {
        var archive = new TestArchive(fixture, await ScriptedDicomWeb.StartAsync(), $"CLOUD{Random.Shared.Next(1_000_000)}");
        await archive.SetAsync(gateway ?? new PeerGateway { KeepMinutes = 0 });
        return archive;
    }

    public Task SetAsync(PeerGateway gateway, AssociationRules? rules = null) =>
        _fixture.Peers.PutAsync(new Peer(AeTitle, "", 0) { Web = new PeerWeb { Url = Web.DicomWeb.ToString() }, Gateway = gateway, Rules = rules ?? new() }, default);

    public async Task<IReadOnlyList<GatewayObject>> ListAsync(SampleObject sample) =>
        await _fixture.Get<GatewayStore>().ListAsync(new GatewayFilter { Peer = AeTitle, StudyInstanceUid = sample.StudyInstanceUid, Limit = 1000 }, default);

    /// <summary>Waits until every object of the study is in the state.</summary>
    public Task EventuallyAsync(SampleObject sample, GatewayObjectState state, int count = 1) =>
        Eventually.TrueAsync(async () => await ListAsync(sample) is var all && all.Count >= count && all.All(o => o.State == state), what: $"all are {state}");

    /// <summary>The data set as a reader of this archive gets it.</summary>
    public async Task<byte[]> ReadAsync(SampleObject sample)
    {
        using var stream = _fixture.Get<RetrievalService>().OpenDataset(await FindAsync(sample), sample.TransferSyntax);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    public async Task<StoredInstance> FindAsync(SampleObject sample)
    {
        await foreach (var instance in _fixture.Get<RetrievalService>().SelectAsync(InstanceSelector.Of(null, null, sample.SopInstanceUid), default)) return instance;
        throw new InvalidOperationException("It is not in the index.");
    }

    public bool HasFile(StoredInstance instance) => File.Exists(Path.Combine(_fixture.Postgres.DataFolder, "blobs", instance.BlobKey));

    public IngestOutcome Store(SampleObject sample)
    {
        using var session = _fixture.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("test")));
        session.Write(sample.ToDatasetBytes());
        return session.Complete().Outcome;
    }

    public int Count(string method, string pathPart) => Web.Exchanges.Count(e => e.Method == method && e.PathAndQuery.Contains(pathPart, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await _fixture.Peers.RemoveAsync(AeTitle, default, evenIfOnlyThere: true);
        await Web.DisposeAsync();
    }
}
