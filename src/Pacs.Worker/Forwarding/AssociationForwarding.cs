using Pacs.Dicom.Net;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Sending;

namespace Pacs.Worker.Forwarding;

/// <summary>Sends by C-STORE, over one association.</summary>
internal sealed class AssociationForwarding(JobRun run, OutboundAssociation association, AttributeChanges? changes) : IForwarding
{
    /// <summary>
    /// Associations in a row that may break before the run is given up. Those of objects that were tried in an earlier run do not
    /// count: objects that break associations hold up no others for longer than a few runs.
    /// </summary>
    private const int MaxBroken = 2;

    private readonly SendOptions _options = SendOptions.Default with { Changes = changes };
    private int _broken;

    public Task SendAsync(IReadOnlyList<ForwardItem> batch, CancellationToken cancellation) => OwnThread.RunAsync(() => Send(batch));

    public void Dispose() => association.Dispose();

    private void Send(IReadOnlyList<ForwardItem> batch)
    {
        foreach (var item in batch)
        {
            if (!run.MayGoOn) return;
            if (item.Instance is null)
            {
                run.Report(item.Gone);
                continue;
            }
            run.Begin(item.Object);
            try
            {
                run.Report(ForwardJob.ResultOf(item.Object, association.Send(item.Instance, _options)));
                _broken = 0;
            }
            catch (AssociationException e) when (association.IsPeerAway)
            {
                run.Report(new JobObjectResult(item.Object.Number, JobState.Waiting, null, e.Message));
                throw new PeerAwayException(e.Message);
            }
            catch (AssociationException e)
            {
                run.Report(new JobObjectResult(item.Object.Number, JobState.Waiting, null, e.Message));
                if (item.Object.Attempts == 0 && ++_broken >= MaxBroken) throw;
            }
        }
    }
}
