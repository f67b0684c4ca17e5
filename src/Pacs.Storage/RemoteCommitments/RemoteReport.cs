using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Commitments;

namespace Pacs.Storage.RemoteCommitments;

/// <summary>What a peer reports of a request for storage commitment (PS3.4 Table J.3-2).</summary>
/// <param name="TransactionUid">Of the request.</param>
/// <param name="Committed">What it takes responsibility for; without a class where the peer was not to name any.</param>
/// <param name="Failed">What it does not, each with its Failure Reason (0008,1197).</param>
public sealed record RemoteReport(string TransactionUid, IReadOnlyList<CommitmentReference> Committed, IReadOnlyDictionary<string, int> Failed)
{
    private const ushort Successful = 1;
    private const ushort CompleteWithFailures = 2;

    /// <summary>Bytes of the event information: that of the longest request has room.</summary>
    private const int MaxLength = 8 * 1024 * 1024;

    /// <exception cref="ReportRefusedException">It is none.</exception>
    public static RemoteReport Read(DimseRequest request)
    {
        Check(request.Command);
        var dataset = ReadDataset(request);
        if (dataset.GetString(Tags.TransactionUID) is not { } transaction || !Uid.IsAcceptable(transaction))
            throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "Transaction UID (0008,1195) is missing or none");
        List<CommitmentReference> committed = [.. dataset.GetItems(Tags.ReferencedSOPSequence).Select(Reference).DistinctBy(r => r.SopInstanceUid)];
        var failed = new Dictionary<string, int>();
        foreach (var item in dataset.GetItems(Tags.FailedSOPSequence))
        {
            // Whatever the reason is, or is not: it does not have it.
            var reason = item.GetInteger(Tags.FailureReason) is > 0 and <= ushort.MaxValue and var said ? (int)said : DimseStatus.ProcessingFailure.Value;
            failed[Reference(item).SopInstanceUid] = reason;
        }
        if (committed.Any(c => c.SopClassUid.Length == 0)) throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "An item lacks its Referenced SOP Class UID");
        if (committed.Count + failed.Count == 0) throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "It names no object");
        if (committed.Any(c => failed.ContainsKey(c.SopInstanceUid))) throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "An object is both committed and failed");
        return new RemoteReport(transaction, committed, failed);
    }

    private static void Check(CommandSet command)
    {
        if (command.AffectedSopClassUid != Uids.StorageCommitmentPushModel)
            throw new ReportRefusedException(DimseStatus.NoSuchSopClass, "Affected SOP Class is not the Storage Commitment Push Model");
        if (command.AffectedSopInstanceUid != Uids.StorageCommitmentPushModelInstance)
            throw new ReportRefusedException(DimseStatus.NoSuchSopInstance, "Affected SOP Instance is not the well-known one");
        if (command.EventTypeId is not (Successful or CompleteWithFailures))
            throw new ReportRefusedException(DimseStatus.NoSuchEventType, "Event Type ID is neither 1 nor 2");
    }

    private static DicomDataset ReadDataset(DimseRequest request)
    {
        if (!request.Command.HasDataset) throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "There is no Event Information");
        try
        {
            return request.ReadDataset(MaxLength);
        }
        catch (DicomFormatException e)
        {
            throw new ReportRefusedException(DimseStatus.MistypedArgument, e.Message);
        }
    }

    private static CommitmentReference Reference(DicomDataset item) =>
        item.GetString(Tags.ReferencedSOPInstanceUID) is { } instance && Uid.IsAcceptable(instance)
            ? new CommitmentReference(item.GetString(Tags.ReferencedSOPClassUID) ?? "", instance)
            : throw new ReportRefusedException(DimseStatus.InvalidArgumentValue, "An item lacks its Referenced SOP Instance UID");
}
