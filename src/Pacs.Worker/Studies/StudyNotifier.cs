using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
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
    /// <param name="send">Sends one, and gives the peer's answer; null when there is nothing to tell any more. Blocks.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(
        JobRun run, string sopClass, string name, Func<ClientAssociation, PresentationContext, JobObject, Task<DimseStatus?>> send, CancellationToken cancellation)
    {
        var peer = await peers.FindAsync(run.Job.Peer!, cancellation) ?? throw new JobRunException($"There is no peer {run.Job.Peer} any more: add it with PUT /api/v1/peers/{run.Job.Peer}, or cancel the job.");
        while (await run.ClaimAsync(cancellation) is { Count: > 0 } batch)
        {
            // The association blocks, and not on a thread of the pool.
            var results = await Task.Factory.StartNew(
                () => SendAsync(peer, batch, sopClass, name, send, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            await run.ReportAsync(results, CancellationToken.None);
        }
    }

    private async Task<IReadOnlyList<JobObjectResult>> SendAsync(
        Peer peer, IReadOnlyList<JobObject> notifications, string sopClass, string name, Func<ClientAssociation, PresentationContext, JobObject, Task<DimseStatus?>> send, CancellationToken cancellation)
    {
        using var association = PeerConnector.Connect(connector.Options(peer, [new ProposedContext(sopClass, TransferSyntaxes)]), cancellation);
        if (association.FindContexts(sopClass) is not [var context, ..])
            return [.. notifications.Select(n => new JobObjectResult(n.Number, JobState.Failed, null, $"The peer accepts no {name} context"))];
        var results = new List<JobObjectResult>();
        foreach (var notification in notifications)
            results.Add(await send(association, context, notification) is { } status ? ResultOf(notification, status) : new JobObjectResult(notification.Number, JobState.Done));
        return results;
    }

    private static JobObjectResult ResultOf(JobObject notification, DimseStatus status)
    {
        // A duplicate is the notification of a run whose end was not written down.
        var isDone = status.IsDone || status == DimseStatus.DuplicateSopInstance;
        var mayPass = status == DimseStatus.ProcessingFailure || status == DimseStatus.ResourceLimitation || (status.Value & 0xFF00) == DimseStatus.OutOfResources.Value;
        return new JobObjectResult(notification.Number, isDone ? JobState.Done : mayPass ? JobState.Waiting : JobState.Failed, status.Value, isDone ? "" : status.ToString());
    }
}
