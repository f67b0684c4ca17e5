using Npgsql;
using Pacs.Storage.Model;
using Pacs.Storage.Routing;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Indexing;

/// <summary>The one statement that commits a batch of instances whose patients, studies and series are known.</summary>
internal static class InstanceInsert
{
    // Locks first, in the order that every transaction keeps; a place that is gone then shows before anything is written.
    private const string Insert =
        """
        WITH input AS MATERIALIZED (
            SELECT * FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::int[], $12::int[], $13::int[], $14::int[],
                $15::text[], $16::text[], $17::text[], $18::bigint[], $19::int[], $20::int[], $21::bool[], $22::bigint[], $23::bigint[], $24::bytea[], $25::bytea[],
                $26::text[], $27::text[], $28::text[], $29::timestamptz[], $30::text[], $31::text[], $32::smallint[], $33::text[]) WITH ORDINALITY
            AS i(patient_key, study_key, series_key, sop_instance_uid, sop_class_uid, transfer_syntax_uid, instance_number, rows, columns, bits_allocated, number_of_frames,
                content_date, content_time, blob_key, blob_length, dataset_offset, dataset_crc, is_lossy, pixel_offset, pixel_length, frame_table, header,
                protocol, calling_ae_title, remote_address, received_at, study_uid, series_uid, change_kind, called_ae_title, ordinal)
        ), p AS MATERIALIZED (
            SELECT id FROM patients WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE
        ), st AS MATERIALIZED (
            SELECT id, patient_key FROM studies WHERE id = ANY ($2) AND (SELECT count(*) FROM p) >= 0 ORDER BY id FOR NO KEY UPDATE
        ), se AS MATERIALIZED (
            SELECT id, study_key FROM series WHERE id = ANY ($3) AND (SELECT count(*) FROM st) >= 0 ORDER BY id FOR NO KEY UPDATE
        ), placed AS MATERIALIZED (
            SELECT i.* FROM input i JOIN se ON se.id = i.series_key AND se.study_key = i.study_key JOIN st ON st.id = i.study_key AND st.patient_key = i.patient_key JOIN p ON p.id = i.patient_key
            WHERE $34 = 0 OR $34 = (SELECT version FROM routing_version)
        ), inserted AS (
            INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, transfer_syntax_uid, instance_number, rows, columns, bits_allocated, number_of_frames,
                content_date, content_time, blob_key, blob_length, dataset_offset, dataset_crc, is_lossy, pixel_offset, pixel_length, frame_table, header,
                protocol, calling_ae_title, called_ae_title, remote_address, received_at)
            SELECT series_key, sop_instance_uid, sop_class_uid, transfer_syntax_uid, instance_number, rows, columns, bits_allocated, number_of_frames,
                content_date, content_time, blob_key, blob_length, dataset_offset, dataset_crc, is_lossy, pixel_offset, pixel_length, frame_table, header,
                protocol, calling_ae_title, called_ae_title, remote_address, received_at
            FROM placed ORDER BY sop_instance_uid, ordinal
            ON CONFLICT (sop_instance_uid) DO NOTHING
            RETURNING blob_key
        ), new AS MATERIALIZED (
            SELECT i.patient_key, i.study_key, i.series_key, i.sop_class_uid, i.study_uid, i.series_uid, i.sop_instance_uid, i.change_kind, i.blob_key, i.blob_length FROM inserted n JOIN placed i USING (blob_key)
        ), count_patients AS (
            UPDATE patients t SET instance_count = t.instance_count + n.count, updated_at = now()
            FROM (SELECT patient_key, count(*) FROM new GROUP BY 1) n WHERE t.id = n.patient_key AND t.id = ANY ($1)
        ), count_studies AS (
            UPDATE studies t SET instance_count = t.instance_count + n.count, updated_at = now(), version = t.version + 1,
                sop_classes = CASE WHEN t.sop_classes @> n.classes THEN t.sop_classes ELSE ARRAY(SELECT DISTINCT c FROM unnest(t.sop_classes || n.classes) c ORDER BY c) END
            FROM (SELECT study_key, count(*), array_agg(DISTINCT sop_class_uid) AS classes FROM new GROUP BY 1) n WHERE t.id = n.study_key AND t.id = ANY ($2)
        ), count_series AS (
            UPDATE series t SET instance_count = t.instance_count + n.count, updated_at = now(), version = t.version + 1
            FROM (SELECT series_key, count(*), sum(blob_length) AS bytes FROM new GROUP BY 1) n WHERE t.id = n.series_key AND t.id = ANY ($3)
            RETURNING t.modality, n.count, n.bytes
        ), statistics AS (
            INSERT INTO statistics_changes (modality, instances, bytes) SELECT modality, count, bytes FROM count_series
        ), feed AS (
            INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid) SELECT change_kind, study_uid, series_uid, sop_instance_uid FROM new
        )
        """;

    private const string Route =
        """
        , outbox AS (
            INSERT INTO routing_outbox (rule_id, is_due, study_instance_uid, series_instance_uid, sop_instance_uid, came_from, came_back)
            SELECT r.rule_id, r.is_due, n.study_uid, n.series_uid, n.sop_instance_uid, r.came_from, r.came_back
            FROM unnest($35::text[], $36::bigint[], $37::bool[], $38::text[], $39::bool[]) AS r(blob_key, rule_id, is_due, came_from, came_back) JOIN new n USING (blob_key)
        )
        """;

    private const string Answer = " SELECT p.blob_key, n.blob_key IS NOT NULL FROM placed p LEFT JOIN inserted n USING (blob_key)";
    private const string Plain = Insert + Answer;
    private const string Routed = Insert + Route + Answer;

    /// <summary>The blob keys that were inserted; those of the others have their SOP Instance UID taken.</summary>
    /// <exception cref="PlaceLostException">A patient, study or series is no longer where it was, or the routing rules are others.</exception>
    public static HashSet<string> Run(Statements sql, IReadOnlyList<IndexEntry> entries, IReadOnlyDictionary<string, SeriesPlace> places, RoutingSnapshot rules)
    {
        var place = entries.Select(e => places[e.SeriesUid]).ToArray();
        T[] Of<T>(Func<Instance, T> column) => [.. entries.Select(e => column(e.Instance))];
        foreach (var entry in entries) entry.Routing?.Hold(rules);
        var version = entries.Any(e => e.Routing is not null) ? Math.Max(rules.Version, -1) : 0;
        var routes = entries.Where(e => e.Routing is not null).SelectMany(e => e.Routing!.Rules.Select(r => (e.Instance.BlobKey, Rule: r, Entry: e.Routing!))).ToList();
        NpgsqlParameter[] outbox = routes.Count == 0 ? [] :
        [
            P(routes.Select(r => r.BlobKey).ToArray()), P(routes.Select(r => r.Rule.Id).ToArray()), P(routes.Select(r => r.Rule.Rule.Trigger == RoutingTrigger.Object).ToArray()),
            P(routes.Select(r => r.Entry.Subject.From).ToArray()), P(routes.Select(r => r.Entry.CameBack).ToArray()),
        ];
        var rows = sql.Query(routes.Count == 0 ? Plain : Routed, r => (Key: r.GetString(0), IsNew: r.GetBoolean(1)),
            [P(place.Select(p => p.PatientKey).Distinct().ToArray()), P(place.Select(p => p.StudyKey).Distinct().ToArray()), P(place.Select(p => p.SeriesKey).Distinct().ToArray()),
            P(place.Select(p => p.PatientKey).ToArray()), P(place.Select(p => p.StudyKey).ToArray()), P(place.Select(p => p.SeriesKey).ToArray()),
            P(Of(i => i.SopInstanceUid)), P(Of(i => i.SopClassUid)), P(Of(i => i.TransferSyntaxUid)), P(Of(i => i.InstanceNumber)),
            P(Of(i => i.Rows)), P(Of(i => i.Columns)), P(Of(i => i.BitsAllocated)), P(Of(i => i.NumberOfFrames)),
            P(Of(i => i.ContentDate)), P(Of(i => i.ContentTime)), P(Of(i => i.BlobKey)), P(Of(i => i.BlobLength)), P(Of(i => i.DatasetOffset)), P(Of(i => i.DatasetCrc)),
            P(Of(i => i.IsLossy)), P(Of(i => i.PixelOffset)), P(Of(i => i.PixelLength)), P(Of(i => i.FrameTable)), P(Of(i => i.Header)),
            P(Of(i => i.Protocol)), P(Of(i => i.CallingAeTitle)), P(Of(i => i.RemoteAddress)), P(Of(i => i.ReceivedAt)),
            P(place.Select(p => p.StudyUid).ToArray()), P(entries.Select(e => e.SeriesUid).ToArray()),
            P(entries.Select(e => (short)(e.Replaces is null ? ChangeKind.Stored : ChangeKind.Replaced)).ToArray()),
            P(Of(i => i.CalledAeTitle)), P(version), .. outbox]);
        if (rows.Count < entries.Count) throw new PlaceLostException();
        return [.. rows.Where(r => r.IsNew).Select(r => r.Key)];
    }
}
