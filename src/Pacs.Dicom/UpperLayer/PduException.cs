namespace Pacs.Dicom.UpperLayer;

/// <summary>Bytes that PS3.8 §9.3 does not allow: event 19 of the state table.</summary>
public sealed class PduException(string message, AbortReason reason) : DicomException(message)
{
    /// <summary>What an A-ABORT for it says; its source is the service provider.</summary>
    public AbortReason Reason { get; } = reason;
}
