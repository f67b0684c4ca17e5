using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Commitments;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Routing;
using Pacs.Storage.RemoteCommitments;
using Pacs.Storage.Studies;
using Pacs.Storage.Webhooks;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Tests;

/// <summary>An archive for one test class, and workers on it.</summary>
public sealed class WorkerFixture : IDisposable
{
    /// <summary>What the other tests of a class have stored does not become complete in the midst of one.</summary>
    private static readonly (string Key, string Value) Quiet = ("Pacs:Studies:QuietSeconds", "3600");

    private readonly StorageProcess _storage;

    public WorkerFixture() => _storage = Postgres.StartProcess();

    public PostgresFixture Postgres { get; } = new();

    /// <summary>As a role that only creates jobs has it.</summary>
    public JobService Jobs => new(
        _storage.Get<Npgsql.NpgsqlDataSource>(), _storage.Get<Pacs.Storage.Retrieval.RetrievalService>(), _storage.Get<PeerStore>(), Kinds());

    /// <summary>A service as a process beside the workers has it.</summary>
    public T Get<T>() where T : notnull => _storage.Get<T>();

    public PeerStore Peers => _storage.Get<PeerStore>();

    public PeerVerifier Verifier => _storage.Get<PeerVerifier>();

    public RoutingRuleStore Rules => _storage.Get<RoutingRuleStore>();

    public CommitmentService Commitments => _storage.Get<CommitmentService>();

    public RemoteCommitmentStore RemoteCommitments => _storage.Get<RemoteCommitmentStore>();

    public WebhookStore Webhooks => _storage.Get<WebhookStore>();

    public StudyCompletion Studies => _storage.Get<StudyCompletion>();

    public PeerQueueStore Queues => _storage.Get<PeerQueueStore>();

    public Task<IHost> StartWorkerAsync(params (string Key, string Value)[] settings) => StartWorkerAsync([], settings);

    public async Task<IHost> StartWorkerAsync(IReadOnlyList<IJobKind> kinds, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        (string Key, string Value)[] usual =
        [
            ("Pacs:Jobs:RetryDelaySeconds", "1"), ("Pacs:Jobs:MaxRetryDelaySeconds", "1"), ("Pacs:Jobs:MaxAwayDelaySeconds", "1"), Quiet,
        ];
        builder.Services.AddPacsWorker(Postgres.Configuration([.. settings.Concat(usual).DistinctBy(s => s.Key)]));
        foreach (var kind in kinds) builder.Services.AddSingleton(kind);
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>The Worker role as a process of its own, to be killed.</summary>
    public RunningProgram StartWorkerProcess() => new(
        ["dotnet", RepositoryPaths.HostAssembly("Pacs.Worker")], Postgres.DataFolder,
        Postgres.Configuration(("Pacs:Jobs:RetryDelaySeconds", "1"), ("Pacs:Jobs:LeaseSeconds", "10"), Quiet).AsEnumerable().Where(s => s.Value is not null).ToDictionary(s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value!));

    public void Store(IEnumerable<SampleObject> samples)
    {
        foreach (var sample in samples)
        {
            using var session = _storage.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("test")));
            session.Write(sample.ToDatasetBytes());
            Assert.True(session.Complete().IsSuccess);
        }
    }

    /// <summary>Writes a job as a cause within the archive does.</summary>
    public async Task<Job> InsertAsync(JobRequest request, params JobItem[] items)
    {
        await using var connection = await _storage.Get<Npgsql.NpgsqlDataSource>().OpenConnectionAsync();
        return await JobService.InsertAsync(connection, request, items, default);
    }

    /// <summary>A job for each of so many objects of their own studies, in this order.</summary>
    public async Task<IReadOnlyList<Job>> ForwardManyAsync(int count, Peer peer)
    {
        await Peers.PutAsync(peer, default);
        var jobs = new List<Job>();
        foreach (var sample in Enumerable.Range(0, count).Select(_ => SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 8, Columns = 8 })))
        {
            Store([sample]);
            jobs.Add(await Jobs.CreateAsync(new JobRequest("forward") { SopInstanceUid = sample.SopInstanceUid, Peer = peer.AeTitle }, default));
        }
        return jobs;
    }

    /// <summary>Waits until the worker knows that the job is to stop, or has it no longer.</summary>
    public static Task StoppedAsync(IHost worker, long id) => Eventually.TrueAsync(
        () => Task.FromResult(worker.Services.GetRequiredService<RunningJobs>().Find(id) is not { Stop.IsCancellationRequested: false }), what: "the worker knows");

    public async Task<Job> ForwardAsync(SampleObject sample, DicomAddress peer)
    {
        await Peers.PutAsync(new Peer(peer.AeTitle, peer.Host, peer.Port), default);
        return await Jobs.CreateAsync(new JobRequest("forward") { StudyInstanceUid = sample.StudyInstanceUid, Peer = peer.AeTitle }, default);
    }

    /// <summary>Waits until the job is as wanted, and returns it.</summary>
    public async Task<Job> EventuallyAsync(long id, Func<Job, bool> isAsWanted, string what)
    {
        Job? job = null;
        await Eventually.TrueAsync(async () => isAsWanted((job = await Jobs.FindAsync(id, default))!), what: what);
        return job!;
    }

    public Task<Job> EventuallyAsync(long id, JobState state) => EventuallyAsync(id, j => j.State == state, $"job is {state}");

    public void Dispose()
    {
        _storage.Dispose();
        Postgres.Dispose();
    }

    private IEnumerable<IJobKind> Kinds()
    {
        var services = new ServiceCollection().AddLogging().AddPacsStorage(Postgres.Configuration()).AddPacsJobKinds();
        return services.BuildServiceProvider().GetServices<IJobKind>();
    }
}
