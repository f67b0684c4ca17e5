using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;

namespace Pacs.Dicom.Net;

/// <summary>One response to a request of ours.</summary>
/// <param name="Command">The command set.</param>
/// <param name="Dataset">Identifier or attributes; null when there is none.</param>
public sealed record DimseResponse(CommandSet Command, DicomDataset? Dataset)
{
    public DimseStatus Status => Command.Status;
}
