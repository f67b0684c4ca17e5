using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;

namespace Pacs.Worker.Studies;

/// <summary>Tells a peer of a study, over one association: what the kinds of notifications have in common.</summary>
internal sealed class StudyNotifier(PeerStore peers, PeerConnector connector)
{
    private static readonly string[] TransferSyntaxes = [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian];

    /// <param name="run">Each object of its job is a notification, known by its SOP Instance UID.</param>
    /// <param name="sopClass">Of the notification.</param>
    /// <param name="name">Of the SOP class.</param>
    /// <param name="make">Makes one; null when there is nothing to tell any more.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(JobRun run, string sopClass, string name, Func<JobObject, Task<(CommandSet Command, DicomDataset Dataset)?>> make, CancellationToken cancellation)
    {
        var peer = await peers.OfJobAsync(run.Job.Peer!, cancellation);
        while (await run.ClaimAsync(cancellation) is { Count: > 0 } batch)
            await OwnThread.RunAsync(() => Send(run, peer, batch, sopClass, name, make, cancellation));
    }

    private void Send(
        JobRun run, Peer peer, IReadOnlyList<JobObject> notifications, string sopClass, string name, Func<JobObject, Task<(CommandSet Command, DicomDataset Dataset)?>> make, CancellationToken cancellation)
    {
        using var association = PeerConnector.Connect(connector.Options(peer, [new ProposedContext(sopClass, TransferSyntaxes)]), cancellation);
        var context = association.FindContexts(sopClass) is [var accepted, ..] ? accepted : null;
        foreach (var notification in notifications)
        {
            if (run.Stop.IsCancellationRequested) return;
            if (context is null) run.Report(new JobObjectResult(notification.Number, JobState.Failed, null, $"The peer accepts no {name} context"));
            else if (make(notification).GetAwaiter().GetResult() is var (command, dataset)) run.Report(ResultOf(notification, association.Send(context, command, dataset).Last().Status));
            else run.Report(new JobObjectResult(notification.Number, JobState.Done));
        }
    }

    private static JobObjectResult ResultOf(JobObject notification, DimseStatus status)
    {
        // A duplicate is the notification of a run whose end was not written down.
        var isDone = status.IsDone || status == DimseStatus.DuplicateSopInstance;
        return new JobObjectResult(notification.Number, isDone ? JobState.Done : status.IsTransient ? JobState.Waiting : JobState.Failed, status.Value, isDone ? "" : status.ToString());
    }
}
