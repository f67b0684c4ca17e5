using Pacs.Storage.Access;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;

namespace Pacs.Worker.Verification;

/// <summary>Asks all peers for a sign of life; one that was away and answers has its queue opened. The job's objects are the peers.</summary>
internal sealed class VerifyJob(PeerStore peers, PeerVerifier verifier) : IJobKind
{
    /// <summary>Peers asked at a time: those that are away take their time.</summary>
    private const int Parallel = 8;

    public string Name => PeerVerifier.JobKind;

    public bool NeedsPeer => false;

    public async Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation)
    {
        if (request is not { Peer: null, StudyInstanceUid: null, SeriesInstanceUid: null, SopInstanceUid: null })
            throw new JobRefusedException(JobRefusal.Invalid, "It verifies all peers: name nothing. POST /api/v1/peers/{aeTitle}/echo verifies one.");
        var all = await peers.ListAsync(cancellation, new List<UnreadableSettingsException>());
        return all.Count > 0 ? [.. all.Select(p => new JobItem(p.AeTitle))] : throw new JobRefusedException(JobRefusal.NothingSelected, "There are no peers.");
    }

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        while (await run.ClaimAsync(cancellation) is { Count: > 0 } batch)
        {
            await System.Threading.Tasks.Parallel.ForEachAsync(batch, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation }, async (item, token) =>
            {
                if (run.Stop.IsCancellationRequested) return;
                run.Begin(item);
                run.Report(await VerifyAsync(item, token));
            });
        }
    }

    private async Task<JobObjectResult> VerifyAsync(JobObject item, CancellationToken cancellation)
    {
        // Removed meanwhile.
        if (await peers.FindAsync(item.SopInstanceUid, cancellation) is not { } peer) return new JobObjectResult(item.Number, JobState.Done);
        var result = await verifier.VerifyAsync(peer, cancellation);
        return new JobObjectResult(item.Number, result.Success ? JobState.Done : JobState.Warning, null, result.Message);
    }
}
