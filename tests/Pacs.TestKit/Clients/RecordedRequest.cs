using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;

namespace Pacs.TestKit.Clients;

/// <summary>A request that came.</summary>
public sealed record RecordedRequest(string CallingAeTitle, CommandSet Command, DicomDataset Dataset);
