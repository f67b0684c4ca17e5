using Pacs.Dicom.Net;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Worker.Forwarding;

/// <summary>Sends a study, series or instance to a peer by C-STORE, over one association.</summary>
internal sealed class ForwardJob(RetrievalService retrieval, PeerStore peers, InstanceSender sender, PeerConnector connector) : IJobKind
{
    /// <summary>Associations in a row that may break before the run is given up: one object that breaks them does not hold up the others.</summary>
    private const int MaxBrokenAssociations = 2;

    public string Name => "forward";

    public bool NeedsPeer => true;

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        var peer = await peers.FindAsync(run.Job.Peer!, cancellation) ?? throw new JobRunException($"There is no peer {run.Job.Peer} any more: add it with PUT /api/v1/peers/{run.Job.Peer}, or cancel the job.");
        using var association = new OutboundAssociation(sender, connector, peer, (await retrieval.SnapshotAsync(run.Job.Selector, cancellation)).Kinds, cancellation);
        var broken = 0;
        var batch = await NextAsync(run, cancellation);
        while (batch.Count > 0)
        {
            var next = NextAsync(run, cancellation);
            // Sending blocks, and not on a thread of the pool.
            broken = await Task.Factory.StartNew(() => Send(run, association, batch, broken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            batch = await next;
        }
    }

    private async Task<IReadOnlyList<(JobObject Item, StoredInstance? Instance)>> NextAsync(JobRun run, CancellationToken cancellation)
    {
        var batch = await run.ClaimAsync(cancellation);
        if (batch.Count == 0) return [];
        var found = new Dictionary<string, StoredInstance>();
        await foreach (var instance in retrieval.SelectAsync(new InstanceSelector { SopInstanceUids = [.. batch.Select(o => o.SopInstanceUid)] }, cancellation))
            found[instance.SopInstanceUid] = instance;
        return [.. batch.Select(item => (item, found.GetValueOrDefault(item.SopInstanceUid)))];
    }

    /// <returns>Associations that broke in a row.</returns>
    private static int Send(JobRun run, OutboundAssociation association, IReadOnlyList<(JobObject Item, StoredInstance? Instance)> batch, int broken)
    {
        foreach (var (item, instance) in batch)
        {
            if (run.Stop.IsCancellationRequested) break;
            if (instance is null)
            {
                run.Report(new JobObjectResult(item.Number, JobState.Failed, null, "No longer in the archive"));
                continue;
            }
            run.Begin(item);
            try
            {
                run.Report(ResultOf(item, association.Send(instance, SendOptions.Default)));
                broken = 0;
            }
            catch (AssociationException e) when (association.IsPeerAway)
            {
                run.Report(new JobObjectResult(item.Number, JobState.Waiting, null, e.Message));
                throw new PeerAwayException(e.Message);
            }
            catch (AssociationException e)
            {
                run.Report(new JobObjectResult(item.Number, JobState.Waiting, null, e.Message));
                if (++broken >= MaxBrokenAssociations) throw;
            }
        }
        return broken;
    }

    private static JobObjectResult ResultOf(JobObject item, SendResult sent) => new(
        item.Number,
        sent.Outcome switch
        {
            SendOutcome.Sent => JobState.Done,
            SendOutcome.SentWithWarning => JobState.Warning,
            SendOutcome.NotNow => JobState.Waiting,
            _ => JobState.Failed,
        },
        sent.Status?.Value,
        sent.Message);
}
