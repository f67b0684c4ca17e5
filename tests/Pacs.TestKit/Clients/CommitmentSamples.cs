using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.TestKit.Samples;

namespace Pacs.TestKit.Clients;

/// <summary>Requests for storage commitment and what comes of them.</summary>
public static class CommitmentSamples
{
    public static CommandSet Action() => new()
    {
        Command = CommandField.NActionRq,
        RequestedSopClassUid = Uids.StorageCommitmentPushModel,
        RequestedSopInstanceUid = Uids.StorageCommitmentPushModelInstance,
        ActionTypeId = 1,
    };

    /// <summary>Action Information (PS3.4 Table J.3-1).</summary>
    public static DicomDataset Information(string transactionUid, params IEnumerable<SampleObject> objects) => new DicomDataset()
        .Set(Tags.TransactionUID, transactionUid)
        .Set(Tags.ReferencedSOPSequence, objects.Select(o => Item(o.SopClassUid, o.SopInstanceUid)).ToList());

    public static DicomDataset Item(string sopClassUid, string sopInstanceUid) =>
        new DicomDataset().Set(Tags.ReferencedSOPClassUID, sopClassUid).Set(Tags.ReferencedSOPInstanceUID, sopInstanceUid);

    /// <summary>The instances committed.</summary>
    public static IReadOnlyList<string> Committed(DicomDataset report) =>
        [.. report.GetItems(Tags.ReferencedSOPSequence).Select(i => i.GetString(Tags.ReferencedSOPInstanceUID)!)];

    /// <summary>The instances that failed, with their reasons.</summary>
    public static IReadOnlyDictionary<string, long> Failed(DicomDataset report) =>
        report.GetItems(Tags.FailedSOPSequence).ToDictionary(i => i.GetString(Tags.ReferencedSOPInstanceUID)!, i => i.GetInteger(Tags.FailureReason)!.Value);
}
