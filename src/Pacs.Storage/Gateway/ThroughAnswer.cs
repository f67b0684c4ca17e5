using Pacs.Dicom.Datasets;

namespace Pacs.Storage.Gateway;

/// <summary>The answer to a query where an archive may stand behind this one.</summary>
/// <param name="Matches">As the query engine gives them.</param>
/// <param name="IsThrough">An archive has a part in it: how many matches there are is not known before the last.</param>
/// <param name="Missing">Why what the archive has is not in it, for a person; null when it is.</param>
/// <param name="Remarks">What the archive warns of.</param>
public sealed record ThroughAnswer(IAsyncEnumerable<DicomDataset> Matches, bool IsThrough = false, string? Missing = null, IReadOnlyList<string>? Remarks = null);
