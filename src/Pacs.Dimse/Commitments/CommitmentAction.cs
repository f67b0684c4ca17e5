using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Commitments;

namespace Pacs.Dimse.Commitments;

/// <summary>An N-ACTION that asks for storage commitment (PS3.4 §J.3.2).</summary>
internal static class CommitmentAction
{
    private const ushort RequestStorageCommitment = 1;

    /// <summary>Bytes of the action information: that of <see cref="CommitmentService.MaxReferences"/> objects with the longest UIDs is shorter.</summary>
    private const int MaxLength = 8 * 1024 * 1024;

    /// <exception cref="CommitmentException">It is not one.</exception>
    public static CommitmentRequest Read(DimseRequest request)
    {
        Check(request.Command);
        var dataset = ReadDataset(request);
        if (dataset.GetString(Tags.TransactionUID) is not { } transaction || !Uid.IsAcceptable(transaction))
            throw new CommitmentException(DimseStatus.InvalidArgumentValue, "Transaction UID (0008,1195) is missing or none");
        var items = dataset.GetItems(Tags.ReferencedSOPSequence);
        if (items.Count == 0) throw new CommitmentException(DimseStatus.InvalidArgumentValue, "Referenced SOP Sequence (0008,1199) is missing or empty");
        if (items.Count > CommitmentService.MaxReferences)
            throw new CommitmentException(DimseStatus.ResourceLimitation, $"At most {CommitmentService.MaxReferences} objects in one request");
        return new CommitmentRequest(request.Association.CallingAeTitle, request.Association.CalledAeTitle, transaction, [.. items.Select(Reference)]);
    }

    private static void Check(CommandSet command)
    {
        if (command.RequestedSopClassUid != Uids.StorageCommitmentPushModel)
            throw new CommitmentException(DimseStatus.NoSuchSopClass, "Requested SOP Class is not the Storage Commitment Push Model");
        if (command.RequestedSopInstanceUid is not { } instance || !Uid.IsValid(instance))
            throw new CommitmentException(DimseStatus.InvalidSopInstance, "Requested SOP Instance UID is missing or none");
        if (instance != Uids.StorageCommitmentPushModelInstance)
            throw new CommitmentException(DimseStatus.NoSuchSopInstance, "Requested SOP Instance is not the well-known one");
        if (command.ActionTypeId != RequestStorageCommitment)
            throw new CommitmentException(DimseStatus.NoSuchActionType, "Action Type ID is not 1");
    }

    private static DicomDataset ReadDataset(DimseRequest request)
    {
        if (!request.Command.HasDataset) throw new CommitmentException(DimseStatus.InvalidArgumentValue, "There is no Action Information");
        try
        {
            return request.ReadDataset(MaxLength);
        }
        catch (DicomFormatException e)
        {
            throw new CommitmentException(DimseStatus.MistypedArgument, e.Message);
        }
    }

    private static CommitmentReference Reference(DicomDataset item) =>
        item.GetString(Tags.ReferencedSOPClassUID) is { } sopClass && Uid.IsAcceptable(sopClass)
        && item.GetString(Tags.ReferencedSOPInstanceUID) is { } instance && Uid.IsAcceptable(instance)
            ? new CommitmentReference(sopClass, instance)
            : throw new CommitmentException(DimseStatus.InvalidArgumentValue, "An item lacks its Referenced SOP Class or Instance UID");
}
