using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Studies;

namespace Pacs.Worker.Studies;

/// <summary>Tells a peer that the objects of a study can be had here: Instance Availability Notification SCU (PS3.4 Annex R), one N-CREATE for each part of the study.</summary>
internal sealed class AvailabilityJob(StudyContents contents, PeerStore peers, PeerConnector connector, PacsOptions options) : IJobKind
{
    private static readonly string[] TransferSyntaxes = [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian];

    public string Name => StudyContents.JobKind;

    public bool MayBeRequested => false;

    public bool NeedsPeer => true;

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        var peer = await peers.FindAsync(run.Job.Peer!, cancellation) ?? throw new JobRunException($"There is no peer {run.Job.Peer} any more: add it with PUT /api/v1/peers/{run.Job.Peer}, or cancel the job.");
        while (await run.ClaimAsync(cancellation) is { Count: > 0 } batch)
        {
            // The association blocks, and not on a thread of the pool.
            var results = await Task.Factory.StartNew(
                () => SendAsync(run.Job.StudyInstanceUid!, peer, batch, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            await run.ReportAsync(results, CancellationToken.None);
        }
    }

    private async Task<IReadOnlyList<JobObjectResult>> SendAsync(string study, Peer peer, IReadOnlyList<JobObject> notifications, CancellationToken cancellation)
    {
        using var association = PeerConnector.Connect(connector.Options(peer, [new ProposedContext(Uids.InstanceAvailabilityNotification, TransferSyntaxes)]), cancellation);
        if (association.FindContexts(Uids.InstanceAvailabilityNotification) is not [var context, ..])
            return [.. notifications.Select(n => new JobObjectResult(n.Number, JobState.Failed, null, "The peer accepts no Instance Availability Notification context"))];
        var results = new List<JobObjectResult>();
        foreach (var notification in notifications)
        {
            var part = await contents.ReadAsync(study, notification.Number, cancellation);
            // Objects deleted meanwhile: there is nothing to tell of.
            results.Add(part.Series.Count == 0 ? new JobObjectResult(notification.Number, JobState.Done) : ResultOf(notification, Send(association, context, notification, study, part)));
        }
        return results;
    }

    private DimseStatus Send(ClientAssociation association, PresentationContext context, JobObject notification, string study, StudyPart part)
    {
        var request = new CommandSet
        {
            Command = CommandField.NCreateRq,
            AffectedSopClassUid = Uids.InstanceAvailabilityNotification,
            AffectedSopInstanceUid = notification.SopInstanceUid,
        };
        return association.Send(context, request, Attributes(study, part)).Last().Status;
    }

    /// <summary>PS3.4 Table R.3.2-1. Other attributes are forbidden.</summary>
    private DicomDataset Attributes(string study, StudyPart part)
    {
        List<DicomDataset> steps = part.PerformedStep is { } step ? [step.Set(Tags.PerformedWorkitemCodeSequence, new List<DicomDataset>())] : [];
        return new DicomDataset()
            .Set(Tags.ReferencedPerformedProcedureStepSequence, steps)
            .Set(Tags.StudyInstanceUID, study)
            .Set(Tags.ReferencedSeriesSequence, part.Series.Select(s => new DicomDataset()
                .Set(Tags.SeriesInstanceUID, s.SeriesInstanceUid)
                .Set(Tags.ReferencedSOPSequence, s.Instances.Select(Reference).ToList())).ToList());
    }

    private DicomDataset Reference((string SopClassUid, string SopInstanceUid) instance) => new DicomDataset()
        .Set(Tags.RetrieveAETitle, options.Dimse.AeTitle)
        .Set(Tags.InstanceAvailability, "ONLINE")
        .Set(Tags.ReferencedSOPClassUID, instance.SopClassUid)
        .Set(Tags.ReferencedSOPInstanceUID, instance.SopInstanceUid);

    private static JobObjectResult ResultOf(JobObject notification, DimseStatus status)
    {
        // A duplicate is the notification of a run whose end was not written down.
        var isDone = status.IsDone || status == DimseStatus.DuplicateSopInstance;
        var mayPass = status == DimseStatus.ProcessingFailure || status == DimseStatus.ResourceLimitation;
        return new JobObjectResult(notification.Number, isDone ? JobState.Done : mayPass ? JobState.Waiting : JobState.Failed, status.Value, isDone ? "" : status.ToString());
    }
}
