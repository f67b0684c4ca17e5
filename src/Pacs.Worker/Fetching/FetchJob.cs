using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Remote;
using Pacs.Storage.Retrieval;

namespace Pacs.Worker.Fetching;

/// <summary>
/// Fetches studies, series or instances from another archive: finds out there what it has of them, then has what is missing here come by
/// C-MOVE, C-GET or WADO-RS, series by series. What is told as done is in the archive.
/// </summary>
internal sealed class FetchJob(PeerStore peers, RemoteArchives archives, FetchStore fetched) : IJobKind
{
    public const string KindName = "fetch";

    public string Name => KindName;

    public bool NeedsPeer => true;

    /// <summary>Nothing yet: what there is the other archive tells, when the job runs.</summary>
    public Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation)
    {
        _ = FetchParameters.Of(request);
        return Task.FromResult<IReadOnlyList<JobItem>>([]);
    }

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        var peer = await peers.OfJobAsync(run.Job.Peer!, cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Stop, cancellation);
        await using var fetch = new FetchRun(run, peer, FetchParameters.Of(run.Job), archives, fetched, stop.Token);
        await fetch.RunAsync();
    }
}
