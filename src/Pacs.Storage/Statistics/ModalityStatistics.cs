namespace Pacs.Storage.Statistics;

/// <summary>What the archive holds of one modality.</summary>
/// <param name="Modality">Modality (0008,0060) of the series; empty when they have none.</param>
/// <param name="Series">Series.</param>
/// <param name="Instances">Instances.</param>
/// <param name="Bytes">Bytes of the instances' files.</param>
public sealed record ModalityStatistics(string Modality, long Series, long Instances, long Bytes);
