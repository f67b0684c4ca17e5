namespace Pacs.Bench.Workloads;

/// <summary>What a store left for others to find and fetch: one series of so many instances.</summary>
internal sealed record StoredStudy(string PatientId, string StudyInstanceUid, string SeriesInstanceUid, IReadOnlyList<string> SopInstanceUids);
