using Pacs.Dicom.Messages;

namespace Pacs.Storage.Ingest;

/// <summary>How an ingest's end is told to the sender: PS3.4 Table B.2-1, PS3.7 §9.1.1.1.9.</summary>
public static class StoreStatus
{
    public static DimseStatus Of(IngestResult result) => result.HasFaults ? DimseStatus.DatasetDoesNotMatchSopClassWarning : Of(result.Outcome);

    public static DimseStatus Of(IngestOutcome outcome) => outcome switch
    {
        IngestOutcome.Stored or IngestOutcome.AlreadyStored or IngestOutcome.Replaced or IngestOutcome.KeptExisting => DimseStatus.Success,
        IngestOutcome.DuplicateRejected => DimseStatus.DuplicateSopInstance,
        IngestOutcome.UidMismatch or IngestOutcome.IdentifierMissing or IngestOutcome.IodMismatch => DimseStatus.DatasetDoesNotMatchSopClass,
        IngestOutcome.SopClassNotTaken => DimseStatus.SopClassNotSupported,
        IngestOutcome.NotUnderstood or IngestOutcome.TransferSyntaxNotTaken or IngestOutcome.PresentationStateUnusable => DimseStatus.CannotUnderstand,
        IngestOutcome.OutOfResources => DimseStatus.OutOfResources,
        _ => DimseStatus.ProcessingFailure,
    };
}
