using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>The peer aborted the association.</summary>
public sealed class AssociationAbortedException(AbortSource source, AbortReason reason)
    : AssociationException($"The peer aborted the association: source {source}, reason {reason}.")
{
    public AbortSource AbortSource { get; } = source;
    public AbortReason Reason { get; } = reason;
}
