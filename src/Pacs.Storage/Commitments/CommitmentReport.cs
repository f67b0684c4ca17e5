using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;

namespace Pacs.Storage.Commitments;

/// <summary>The N-EVENT-REPORT that tells a requester what came of its request (PS3.4 §J.3.3).</summary>
/// <param name="Command">The request; the association numbers it.</param>
/// <param name="Dataset">Event information, PS3.4 Table J.3-2.</param>
public sealed record CommitmentReport(CommandSet Command, DicomDataset Dataset)
{
    private const ushort Successful = 1;
    private const ushort CompleteWithFailures = 2;

    /// <param name="commitment">Of which every object has been looked at.</param>
    /// <param name="objects">All of them.</param>
    public static CommitmentReport Of(Commitment commitment, IReadOnlyList<CommitmentObject> objects)
    {
        var committed = objects.Where(o => o.IsCommitted).Select(Reference).ToList();
        var failed = objects.Where(o => !o.IsCommitted).Select(o => Reference(o).Set(Tags.FailureReason, (long)o.Failure!)).ToList();
        var dataset = new DicomDataset().Set(Tags.RetrieveAETitle, commitment.CalledAeTitle).Set(Tags.TransactionUID, commitment.TransactionUid);
        if (failed.Count > 0) dataset.Set(Tags.FailedSOPSequence, failed);
        if (committed.Count > 0) dataset.Set(Tags.ReferencedSOPSequence, committed);
        return new CommitmentReport(
            new CommandSet
            {
                Command = CommandField.NEventReportRq,
                AffectedSopClassUid = Uids.StorageCommitmentPushModel,
                AffectedSopInstanceUid = Uids.StorageCommitmentPushModelInstance,
                EventTypeId = failed.Count == 0 ? Successful : CompleteWithFailures,
            },
            dataset);
    }

    private static DicomDataset Reference(CommitmentObject o) =>
        new DicomDataset().Set(Tags.ReferencedSOPClassUID, o.SopClassUid).Set(Tags.ReferencedSOPInstanceUID, o.SopInstanceUid);
}
