using Npgsql;

namespace Pacs.Storage.Statistics;

/// <summary>The counters that are kept as the archive changes.</summary>
public sealed class StatisticsStore(NpgsqlDataSource database)
{
    public async Task<ArchiveStatistics> ReadAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT modality, sum(patients)::bigint, sum(studies)::bigint, sum(series)::bigint, sum(instances)::bigint, sum(bytes)::bigint
            FROM statistics_changes GROUP BY modality ORDER BY modality
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        long patients = 0, studies = 0;
        var modalities = new List<ModalityStatistics>();
        while (await reader.ReadAsync(cancellation))
        {
            patients += reader.GetInt64(1);
            studies += reader.GetInt64(2);
            var modality = new ModalityStatistics(reader.GetString(0), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5));
            if (modality.Series != 0) modalities.Add(modality);
        }
        return new ArchiveStatistics(patients, studies, modalities.Sum(m => m.Series), modalities.Sum(m => m.Instances), modalities.Sum(m => m.Bytes), modalities);
    }
}
