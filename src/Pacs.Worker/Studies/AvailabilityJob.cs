using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Studies;

namespace Pacs.Worker.Studies;

/// <summary>Tells a peer that the objects of a study can be had here: Instance Availability Notification SCU (PS3.4 Annex R), one N-CREATE for each part of the study.</summary>
internal sealed class AvailabilityJob(StudyContents contents, StudyNotifier notifier, PacsOptions options) : IJobKind
{
    public string Name => StudyContents.JobKind;

    public bool NeedsPeer => true;

    public Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation) =>
        contents.ListAsync(request, StudyContents.PartSize, cancellation);

    public Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        var study = run.Job.StudyInstanceUid!;
        return notifier.RunAsync(run, Uids.InstanceAvailabilityNotification, "Instance Availability Notification", async notification =>
        {
            var part = await contents.ReadAsync(study, notification.Number, StudyContents.PartSize, cancellation);
            // Objects deleted meanwhile: there is nothing to tell of.
            return part.Series.Count == 0 ? null : (Request(notification), Attributes(study, part));
        }, cancellation);
    }

    private static CommandSet Request(JobObject notification) => new()
    {
        Command = CommandField.NCreateRq,
        AffectedSopClassUid = Uids.InstanceAvailabilityNotification,
        AffectedSopInstanceUid = notification.SopInstanceUid,
    };

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

    private DicomDataset Reference(StudyInstance instance) => new DicomDataset()
        .Set(Tags.RetrieveAETitle, options.Dimse.AeTitle)
        .Set(Tags.InstanceAvailability, instance.IsOnline ? "ONLINE" : "NEARLINE")
        .Set(Tags.ReferencedSOPClassUID, instance.SopClassUid)
        .Set(Tags.ReferencedSOPInstanceUID, instance.SopInstanceUid);
}
