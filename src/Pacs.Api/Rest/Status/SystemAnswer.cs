namespace Pacs.Api.Rest.Status;

/// <summary>What this process is and where it listens.</summary>
/// <param name="Version">Of the software.</param>
/// <param name="Roles">What the process does.</param>
/// <param name="AeTitle">The archive's AE title.</param>
/// <param name="DimsePort">TCP port of the DICOM listener; null when this process has none.</param>
/// <param name="HttpAddresses">Addresses of REST and DICOMweb.</param>
/// <param name="StartedAt">Start of the process.</param>
/// <param name="UptimeSeconds">Since then.</param>
/// <param name="DiskFreeBytes">Free where the blobs are; null when that cannot be told.</param>
/// <param name="DiskReserveBytes">Below so many free bytes, new objects are refused.</param>
/// <param name="PendingSettings">Settings that were changed and take a restart of this process to be in force.</param>
public sealed record SystemAnswer(
    string Version,
    IReadOnlyList<string> Roles,
    string AeTitle,
    int? DimsePort,
    IReadOnlyList<string> HttpAddresses,
    DateTimeOffset StartedAt,
    double UptimeSeconds,
    long? DiskFreeBytes,
    long DiskReserveBytes,
    IReadOnlyList<string> PendingSettings);
