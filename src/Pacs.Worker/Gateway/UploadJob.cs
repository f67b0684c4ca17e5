using Pacs.Storage.DicomWeb;
using Pacs.Storage.Gateway;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;

namespace Pacs.Worker.Gateway;

/// <summary>Uploads objects of a study to an archive behind this one, until each is safe there or listed as an error.</summary>
internal sealed class UploadJob(PeerStore peers, GatewayUploads uploads) : IJobKind
{
    public string Name => GatewayDispatch.Kind;

    public bool MayBeRequested => false;

    public bool NeedsPeer => true;

    /// <summary>An archive may be away for as long as it takes.</summary>
    public bool GivesUp => false;

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        var peer = await peers.FindAsync(run.Job.Peer!, cancellation);
        var upload = peer is { Gateway: not null, Web: not null } ? uploads.Begin(peer, run.Job.Id) : null;
        while (await run.ClaimAsync(cancellation) is { Count: > 0 } batch)
        {
            foreach (var item in batch) run.Begin(item);
            var reports = upload is null ? null : await upload.RunAsync([.. batch.Select(o => o.SopInstanceUid)], run.Stop, cancellation);
            foreach (var item in batch)
                run.Report(reports is null ? new JobObjectResult(item.Number, JobState.Failed, null, $"{run.Job.Peer} is no archive behind this one any more") : ResultOf(item, reports.GetValueOrDefault(item.SopInstanceUid)));
        }
    }

    private static JobObjectResult ResultOf(JobObject item, GatewayReport? report) => report?.State switch
    {
        null => new JobObjectResult(item.Number, JobState.Done, null, "Deleted or replaced in the meantime"),
        GatewayObjectState.Verified => new JobObjectResult(item.Number, JobState.Done),
        GatewayObjectState.Error => new JobObjectResult(item.Number, JobState.Failed, null, report.Message),
        _ => new JobObjectResult(item.Number, JobState.Waiting, null, report.Message),
    };
}
