using Pacs.Dicom.Datasets;

namespace Pacs.Storage.Remote;

/// <summary>What a search tells as it goes on: a match, or the end of a source.</summary>
/// <param name="Source">AE title of the peer, or of this archive.</param>
/// <param name="Match">In UTF-8; null at the end of the source.</param>
/// <param name="End">Null for a match.</param>
public sealed record SearchEvent(string Source, DicomDataset? Match, SearchEnd? End);
