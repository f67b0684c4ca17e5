using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Indexing;

/// <summary>Takes instances out of the index and brings the counters above them up to date. Within a transaction.</summary>
internal static class InstanceRemoval
{
    private const string Parents = "FROM instances i JOIN series se ON se.id = i.series_key JOIN studies st ON st.id = se.study_key WHERE i.id = ANY ($1)";

    /// <summary>Removes the rows; series, studies and patients that are empty then stay until <see cref="RemoveEmpty"/>.</summary>
    /// <returns>Keys of the series they were in.</returns>
    public static long[] Remove(Statements sql, long[] instances)
    {
        sql.Query($"SELECT id FROM patients WHERE id IN (SELECT st.patient_key {Parents}) ORDER BY id FOR UPDATE", r => r.GetInt64(0), P(instances));
        sql.Query($"SELECT id FROM studies WHERE id IN (SELECT se.study_key {Parents}) ORDER BY id FOR UPDATE", r => r.GetInt64(0), P(instances));
        sql.Query($"SELECT id FROM series WHERE id IN (SELECT i.series_key {Parents}) ORDER BY id FOR UPDATE", r => r.GetInt64(0), P(instances));
        var gone = sql.Query("DELETE FROM instances WHERE id = ANY ($1) RETURNING series_key", r => r.GetInt64(0), P(instances))
            .GroupBy(k => k).Select(g => (Series: g.Key, Count: g.Count())).ToArray();
        var (series, counts) = (gone.Select(g => g.Series).ToArray(), gone.Select(g => g.Count).ToArray());
        const string Gone = "(SELECT {0}, sum(g.count)::int AS count FROM unnest($1, $2) g(key, count) JOIN series se ON se.id = g.key JOIN studies st ON st.id = se.study_key GROUP BY 1) g(key, count)";
        sql.Execute($"UPDATE patients t SET instance_count = t.instance_count - g.count, updated_at = now() FROM {string.Format(Gone, "st.patient_key")} WHERE t.id = g.key", P(series), P(counts));
        sql.Execute($"UPDATE studies t SET instance_count = t.instance_count - g.count, updated_at = now(), version = t.version + 1 FROM {string.Format(Gone, "st.id")} WHERE t.id = g.key", P(series), P(counts));
        sql.Execute($"UPDATE series t SET instance_count = t.instance_count - g.count, updated_at = now(), version = t.version + 1 FROM {string.Format(Gone, "se.id")} WHERE t.id = g.key", P(series), P(counts));
        return series;
    }

    /// <summary>Removes those of the series, and the studies and patients above, that have nothing left; what is left says which modalities and SOP classes it has.</summary>
    public static void RemoveEmpty(Statements sql, long[] series)
    {
        var studies = sql.Query("SELECT DISTINCT study_key FROM series WHERE id = ANY ($1)", r => r.GetInt64(0), P(series)).ToArray();
        var patients = sql.Query("SELECT DISTINCT patient_key FROM studies WHERE id = ANY ($1)", r => r.GetInt64(0), P(studies)).ToArray();
        sql.Execute("DELETE FROM series WHERE id = ANY ($1) AND instance_count = 0", P(series));
        sql.Execute(
            """
            UPDATE studies st SET
                series_count = (SELECT count(*) FROM series WHERE study_key = st.id),
                modalities = ARRAY(SELECT DISTINCT modality FROM series WHERE study_key = st.id AND modality <> '' ORDER BY 1),
                sop_classes = ARRAY(SELECT DISTINCT i.sop_class_uid FROM instances i JOIN series se ON se.id = i.series_key WHERE se.study_key = st.id ORDER BY 1)
            WHERE id = ANY ($1)
            """, P(studies));
        sql.Execute("DELETE FROM studies WHERE id = ANY ($1) AND instance_count = 0", P(studies));
        sql.Execute(
            """
            UPDATE patients p SET (study_count, series_count) = (SELECT count(*), coalesce(sum(series_count), 0) FROM studies WHERE patient_key = p.id)
            WHERE id = ANY ($1)
            """, P(patients));
        sql.Execute("DELETE FROM patients WHERE id = ANY ($1) AND study_count = 0", P(patients));
    }
}
