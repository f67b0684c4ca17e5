using Pacs.Dicom.Messages;

namespace Pacs.Dimse.Commitments;

/// <summary>A request for storage commitment that is refused: its status and comment.</summary>
internal sealed class CommitmentException(DimseStatus status, string message) : Exception(message)
{
    public DimseStatus Status { get; } = status;
}
