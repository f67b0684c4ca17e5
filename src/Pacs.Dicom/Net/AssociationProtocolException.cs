using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>The peer sent what PS3.7 or PS3.8 does not allow. The association has been aborted.</summary>
public sealed class AssociationProtocolException(string message, AbortReason reason, Exception? inner = null) : AssociationException(message, inner)
{
    /// <summary>What our A-ABORT said.</summary>
    public AbortReason Reason { get; } = reason;
}
