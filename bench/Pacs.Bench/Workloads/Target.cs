using Pacs.TestKit.Processes;

namespace Pacs.Bench.Workloads;

/// <summary>What is measured.</summary>
/// <param name="Name">In the table.</param>
/// <param name="Dimse">Its DIMSE side.</param>
/// <param name="Http">Root of its DICOMweb services.</param>
/// <param name="ProcessIds">Of the server and its database on this machine; empty when it is elsewhere.</param>
internal sealed record Target(string Name, DicomAddress? Dimse, Uri? Http, IReadOnlyList<int> ProcessIds);
