namespace Pacs.Storage.Statistics;

/// <summary>What the archive holds.</summary>
/// <param name="Patients">Patients.</param>
/// <param name="Studies">Studies.</param>
/// <param name="Series">Series.</param>
/// <param name="Instances">Instances.</param>
/// <param name="Bytes">Bytes of the instances' files, without versions kept aside.</param>
/// <param name="Modalities">The same by modality of the series.</param>
public sealed record ArchiveStatistics(long Patients, long Studies, long Series, long Instances, long Bytes, IReadOnlyList<ModalityStatistics> Modalities);
