using Pacs.Storage.DicomWeb;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;
using Pacs.Worker.Commitments;

namespace Pacs.Worker.Forwarding;

/// <summary>Sends a study, series or instance to a peer: by STOW-RS to a DICOMweb server, by C-STORE to others.</summary>
/// <remarks>Its parameters: <see cref="ForwardParameters"/>.</remarks>
internal sealed class ForwardJob(RetrievalService retrieval, PeerStore peers, InstanceSender sender, PeerConnector connector, DicomWebConnector web, FollowUpJobs followUps) : IJobKind
{
    /// <summary>As many as the index gives with one answer.</summary>
    private const int Batch = 256;

    public string Name => "forward";

    public bool NeedsPeer => true;

    public Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation)
    {
        ForwardParameters.Read(request.Parameters).Changes();
        return IJobKind.ListObjectsAsync(request, archive, cancellation);
    }

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        var peer = await peers.OfJobAsync(run.Job.Peer!, cancellation);
        var batch = await NextAsync(run, cancellation);
        using IForwarding way = peer.Web is null ? await AssociateAsync(run, peer, batch, cancellation) : new WebForwarding(run, web.Connect(peer), ChangesOf(run));
        while (batch.Count > 0)
        {
            var next = NextAsync(run, cancellation);
            await way.SendAsync(batch, cancellation);
            batch = await next;
        }
    }

    public Task EndingAsync(Job job, CancellationToken cancellation)
    {
        var parameters = ForwardParameters.Read(job.Parameters);
        return !parameters.Commit ? Task.CompletedTask : followUps.CreateAsync(
            job, new JobRequest(CommitJob.Kind) { Parameters = CommitJob.ParametersAfter(parameters) }, [JobState.Done, JobState.Warning], null, cancellation);
    }

    internal static JobObjectResult ResultOf(JobObject item, SendResult sent) => new(
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

    /// <summary>With contexts for all that is to be sent, which is the first batch as a rule.</summary>
    private async Task<AssociationForwarding> AssociateAsync(JobRun run, Peer peer, IReadOnlyList<ForwardItem> batch, CancellationToken cancellation)
    {
        var kinds = run.MayHaveMore ? (await retrieval.SnapshotAsync(run.Job.Selector, cancellation)).Kinds : batch.Select(i => i.Instance).OfType<StoredInstance>().Select(ObjectKind.Of);
        return new AssociationForwarding(run, new OutboundAssociation(sender, connector, peer, kinds, cancellation), ChangesOf(run));
    }

    private static AttributeChanges? ChangesOf(JobRun run) => ForwardParameters.Read(run.Job.Parameters).Changes();

    private async Task<IReadOnlyList<ForwardItem>> NextAsync(JobRun run, CancellationToken cancellation)
    {
        var batch = await run.ClaimAsync(cancellation, Batch);
        if (batch.Count == 0) return [];
        var found = new Dictionary<string, StoredInstance>();
        await foreach (var instance in retrieval.SelectAsync(new InstanceSelector { SopInstanceUids = [.. batch.Select(o => o.SopInstanceUid)] }, cancellation))
            found[instance.SopInstanceUid] = instance;
        return [.. batch.Select(item => new ForwardItem(item, found.GetValueOrDefault(item.SopInstanceUid)))];
    }
}
