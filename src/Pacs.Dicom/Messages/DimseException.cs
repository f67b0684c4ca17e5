using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Messages;

/// <summary>A message that PS3.7 does not allow. The association cannot go on: the bytes that follow have no meaning.</summary>
public sealed class DimseException(string message, AbortReason reason = AbortReason.InvalidPduParameterValue) : DicomException(message)
{
    /// <summary>What an A-ABORT for it says.</summary>
    public AbortReason Reason { get; } = reason;
}
