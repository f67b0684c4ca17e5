using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Studies;

namespace Pacs.Worker.Studies;

/// <summary>
/// Tells a peer what a study consists of: Basic Study Content Notification SCU (retired; PS3.4-2004 Annex D). A Basic Study
/// Descriptor – Patient Summary, Study Content and SOP Common module – goes by C-STORE.
/// </summary>
internal sealed class ContentNotificationJob(StudyContents contents, StudyNotifier notifier, PacsOptions options) : IJobKind
{
    public string Name => StudyContents.ContentJobKind;

    public bool NeedsPeer => true;

    public Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation) =>
        contents.ListAsync(request, StudyContents.ContentPartSize, cancellation);

    public Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        var study = run.Job.StudyInstanceUid!;
        return notifier.RunAsync(run, Uids.BasicStudyContentNotification, "Basic Study Content Notification", async notification =>
        {
            var part = await contents.ReadAsync(study, notification.Number, StudyContents.ContentPartSize, cancellation);
            // Objects deleted meanwhile: there is nothing to tell of.
            if (part.Series.Count == 0 || await contents.ReadSummaryAsync(study, cancellation) is not { } summary) return null;
            return (CommandSet.StoreRequest(Uids.BasicStudyContentNotification, notification.SopInstanceUid), Descriptor(notification.SopInstanceUid, study, summary, part));
        }, cancellation);
    }

    private DicomDataset Descriptor(string uid, string study, DicomDataset summary, StudyPart part) => summary
        .Set(Tags.SOPClassUID, Uids.BasicStudyContentNotification)
        .Set(Tags.SOPInstanceUID, uid)
        .Set(Tags.StudyInstanceUID, study)
        .Set(Tags.ReferencedSeriesSequence, part.Series.Select(s => new DicomDataset()
            .Set(Tags.SeriesInstanceUID, s.SeriesInstanceUid)
            .Set(Tags.RetrieveAETitle, options.Dimse.AeTitle)
            .Set(Tags.ReferencedImageSequence, s.Instances.Select(i => new DicomDataset()
                .Set(Tags.ReferencedSOPClassUID, i.SopClassUid)
                .Set(Tags.ReferencedSOPInstanceUID, i.SopInstanceUid)).ToList())).ToList());
}
