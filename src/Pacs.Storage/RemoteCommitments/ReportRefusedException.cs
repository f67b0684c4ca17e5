using Pacs.Dicom.Messages;

namespace Pacs.Storage.RemoteCommitments;

/// <summary>A report of a storage commitment that is not believed: status and comment of the answer.</summary>
public sealed class ReportRefusedException(DimseStatus status, string message) : Exception(message)
{
    public DimseStatus Status { get; } = status;
}
