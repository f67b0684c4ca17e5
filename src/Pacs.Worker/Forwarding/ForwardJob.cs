using Pacs.Dicom.Net;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Worker.Forwarding;

/// <summary>Sends a study, series or instance to a peer by C-STORE.</summary>
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
        while (await run.ClaimAsync(cancellation) is { Count: > 0 } batch)
        {
            var instances = await FindAsync(batch, cancellation);
            // Sending blocks, and not on a thread of the pool.
            var (results, end) = await Task.Factory.StartNew(
                () => SendAll(association, batch, instances), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await run.ReportAsync(results, CancellationToken.None);
            if (end is not null) throw end;
        }
    }

    /// <returns>What came of each object; and what ends the run, if anything.</returns>
    private static (List<JobObjectResult> Results, Exception? End) SendAll(
        OutboundAssociation association, IReadOnlyList<JobObject> batch, Dictionary<string, StoredInstance> instances)
    {
        var results = new List<JobObjectResult>(batch.Count);
        var broken = 0;
        foreach (var item in batch)
        {
            if (!instances.TryGetValue(item.SopInstanceUid, out var instance))
            {
                results.Add(new JobObjectResult(item.Number, JobState.Failed, null, "No longer in the archive"));
                continue;
            }
            try
            {
                results.Add(ResultOf(item, association.Send(instance, SendOptions.Default)));
                broken = 0;
            }
            catch (AssociationException e)
            {
                results.Add(new JobObjectResult(item.Number, JobState.Waiting, null, e.Message));
                if (++broken >= MaxBrokenAssociations) return (results, e);
            }
            catch (OperationCanceledException e)
            {
                return (results, e);
            }
        }
        return (results, null);
    }

    private static JobObjectResult ResultOf(JobObject item, SendResult sent) => new(
        item.Number,
        sent.Outcome switch
        {
            SendOutcome.Sent or SendOutcome.SentWithWarning => JobState.Done,
            SendOutcome.NotNow => JobState.Waiting,
            _ => JobState.Failed,
        },
        sent.Status?.Value,
        sent.Message);

    private async Task<Dictionary<string, StoredInstance>> FindAsync(IReadOnlyList<JobObject> batch, CancellationToken cancellation)
    {
        var found = new Dictionary<string, StoredInstance>();
        await foreach (var instance in retrieval.SelectAsync(new InstanceSelector { SopInstanceUids = [.. batch.Select(o => o.SopInstanceUid)] }, cancellation))
            found[instance.SopInstanceUid] = instance;
        return found;
    }
}
