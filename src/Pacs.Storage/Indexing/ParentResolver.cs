using Npgsql;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Model;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Indexing;

/// <summary>
/// Finds or makes patient, study and series of new instances, fills what is empty there, and records what contradicts.
/// Every transaction touches patients, then studies, then series, then instances, rows that exist in the order of their
/// ids: two processes cannot wait for each other in a circle.
/// </summary>
internal sealed class ParentResolver(Statements sql)
{
    private sealed record StudyRow(long Id, long PatientKey, string Uid, byte[] Attributes);
    private sealed record SeriesRow(long Id, long StudyKey, string Uid, byte[] Attributes);
    private sealed record PatientRow(long Id, PatientKey Key, byte[] Attributes);

    private readonly Dictionary<PatientKey, PatientRow> _patients = [];
    private readonly Dictionary<string, StudyRow> _studies = [];
    private readonly Dictionary<string, SeriesRow> _series = [];

    /// <summary>The place of each series of the entries. Within a transaction.</summary>
    /// <exception cref="PlaceLostException">Another process was faster: roll back and begin again.</exception>
    public Dictionary<string, SeriesPlace> Resolve(IReadOnlyList<IndexEntry> entries)
    {
        var studyOfSeries = sql.Query("SELECT se.series_instance_uid, st.study_instance_uid FROM series se JOIN studies st ON st.id = se.study_key WHERE se.series_instance_uid = ANY ($1)",
            r => (Series: r.GetString(0), Study: r.GetString(1)), P(Distinct(entries.Select(e => e.SeriesUid)))).ToDictionary(r => r.Series, r => r.Study);
        // A series stays with the study that it first came with, also within this batch.
        foreach (var entry in entries) studyOfSeries.TryAdd(entry.SeriesUid, entry.StudyUid);
        string StudyOf(IndexEntry entry) => studyOfSeries[entry.SeriesUid];

        var firstOfStudy = entries.Where(e => StudyOf(e) == e.StudyUid).DistinctBy(e => e.StudyUid).ToDictionary(e => e.StudyUid);
        var known = sql.Query("SELECT st.study_instance_uid, p.patient_id, p.issuer, p.unknown_study_uid FROM studies st JOIN patients p ON p.id = st.patient_key WHERE st.study_instance_uid = ANY ($1)",
            r => (Study: r.GetString(0), Patient: new PatientKey(r.GetString(1), r.GetString(2), r.GetString(3))), P(Distinct(studyOfSeries.Values))).ToDictionary(r => r.Study, r => r.Patient);
        var patientOfStudy = studyOfSeries.Values.Distinct().ToDictionary(s => s, s => known.TryGetValue(s, out var p) ? p : firstOfStudy.TryGetValue(s, out var first) ? first.Patient : throw new PlaceLostException());
        // An unknown patient's study, and an object that knows the patient: that, too, is an empty value to fill.
        var moves = entries.Where(e => StudyOf(e) == e.StudyUid && patientOfStudy[e.StudyUid].IsUnknown && !e.Patient.IsUnknown).DistinctBy(e => e.StudyUid).ToList();

        PreparePatients(entries, patientOfStudy, moves);
        PrepareStudies(firstOfStudy, patientOfStudy);
        foreach (var move in moves) MoveStudy(_studies[move.StudyUid], _patients[patientOfStudy[move.StudyUid]], _patients[move.Patient]);
        foreach (var move in moves) patientOfStudy[move.StudyUid] = move.Patient;
        PrepareSeries(entries, studyOfSeries);

        foreach (var entry in entries) RecordConflicts(entry, StudyOf(entry), patientOfStudy[StudyOf(entry)]);
        return FillAndTell(entries, studyOfSeries, patientOfStudy);
    }

    private void PreparePatients(IReadOnlyList<IndexEntry> entries, Dictionary<string, PatientKey> patientOfStudy, List<IndexEntry> moves)
    {
        var wanted = patientOfStudy.Values.Concat(moves.Select(m => m.Patient)).Distinct().Order().ToList();
        foreach (var key in wanted)
        {
            var first = entries.FirstOrDefault(e => e.Patient == key);
            if (first is null) continue;
            sql.Execute($"INSERT INTO patients (patient_id, issuer, unknown_study_uid, {LevelRows.PatientColumns}) SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE NOT EXISTS (SELECT FROM patients WHERE patient_id = $1 AND issuer = $2 AND unknown_study_uid = $3) ON CONFLICT DO NOTHING",
                [P(key.Id), P(key.Issuer), P(key.UnknownStudyUid), .. LevelRows.Patient(first.Dataset.Extract(LevelAttributes.Patient))]);
        }
        var rows = sql.Query("SELECT id, patient_id, issuer, unknown_study_uid, attributes FROM patients WHERE (patient_id, issuer, unknown_study_uid) IN (SELECT * FROM unnest($1, $2, $3)) ORDER BY id FOR NO KEY UPDATE",
            r => new PatientRow(r.GetInt64(0), new PatientKey(r.GetString(1), r.GetString(2), r.GetString(3)), r.GetFieldValue<byte[]>(4)),
            P(wanted.Select(k => k.Id).ToArray()), P(wanted.Select(k => k.Issuer).ToArray()), P(wanted.Select(k => k.UnknownStudyUid).ToArray()));
        foreach (var row in rows) _patients[row.Key] = row;
        if (_patients.Count < wanted.Count) throw new PlaceLostException();
    }

    private void PrepareStudies(Dictionary<string, IndexEntry> firstOfStudy, Dictionary<string, PatientKey> patientOfStudy)
    {
        foreach (var (uid, first) in firstOfStudy.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            var patient = _patients[patientOfStudy[uid]];
            var made = sql.Execute($"INSERT INTO studies (patient_key, study_instance_uid, {LevelRows.StudyColumns}) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE NOT EXISTS (SELECT FROM studies WHERE study_instance_uid = $2) ON CONFLICT DO NOTHING",
                [P(patient.Id), P(uid), .. LevelRows.Study(first.Dataset.Extract(LevelAttributes.Study))]);
            if (made == 1) sql.Execute("UPDATE patients SET study_count = study_count + 1, updated_at = now() WHERE id = $1", P(patient.Id));
        }
        var rows = sql.Query("SELECT id, patient_key, study_instance_uid, attributes FROM studies WHERE study_instance_uid = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
            r => new StudyRow(r.GetInt64(0), r.GetInt64(1), r.GetString(2), r.GetFieldValue<byte[]>(3)), P(Distinct(patientOfStudy.Keys)));
        foreach (var row in rows) _studies[row.Uid] = row;
        if (_studies.Count < patientOfStudy.Count || _studies.Values.Any(s => s.PatientKey != _patients[patientOfStudy[s.Uid]].Id)) throw new PlaceLostException();
    }

    private void MoveStudy(StudyRow study, PatientRow from, PatientRow to)
    {
        sql.Execute("UPDATE studies SET patient_key = $2, updated_at = now(), version = version + 1 WHERE id = $1", P(study.Id), P(to.Id));
        const string Count = "UPDATE patients p SET study_count = p.study_count + $3, series_count = p.series_count + $3 * s.series_count, instance_count = p.instance_count + $3 * s.instance_count, updated_at = now() FROM studies s WHERE s.id = $1 AND p.id = $2";
        sql.Execute(Count, P(study.Id), P(from.Id), P(-1));
        sql.Execute(Count, P(study.Id), P(to.Id), P(1));
        sql.Execute("DELETE FROM patients WHERE id = $1 AND study_count = 0", P(from.Id));
        _studies[study.Uid] = study with { PatientKey = to.Id };
    }

    private void PrepareSeries(IReadOnlyList<IndexEntry> entries, Dictionary<string, string> studyOfSeries)
    {
        foreach (var first in entries.DistinctBy(e => e.SeriesUid).OrderBy(e => e.SeriesUid, StringComparer.Ordinal))
        {
            var study = _studies[studyOfSeries[first.SeriesUid]];
            var attributes = first.Dataset.Extract(LevelAttributes.Series);
            var made = sql.Execute($"INSERT INTO series (study_key, series_instance_uid, {LevelRows.SeriesColumns}) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE NOT EXISTS (SELECT FROM series WHERE series_instance_uid = $2) ON CONFLICT DO NOTHING",
                [P(study.Id), P(first.SeriesUid), .. LevelRows.Series(attributes)]);
            if (made == 0) continue;
            sql.Execute("UPDATE patients SET series_count = series_count + 1, updated_at = now() WHERE id = $1", P(study.PatientKey));
            sql.Execute("UPDATE studies SET series_count = series_count + 1, updated_at = now(), version = version + 1 WHERE id = $1", P(study.Id));
            AddModality(study.Id, attributes.Text(Tags.Modality));
        }
        var rows = sql.Query("SELECT id, study_key, series_instance_uid, attributes FROM series WHERE series_instance_uid = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
            r => new SeriesRow(r.GetInt64(0), r.GetInt64(1), r.GetString(2), r.GetFieldValue<byte[]>(3)), P(Distinct(studyOfSeries.Keys)));
        foreach (var row in rows) _series[row.Uid] = row;
        if (_series.Count < studyOfSeries.Count || _series.Values.Any(s => s.StudyKey != _studies[studyOfSeries[s.Uid]].Id)) throw new PlaceLostException();
    }

    private void AddModality(long study, string modality)
    {
        if (modality.Length > 0)
            sql.Execute("UPDATE studies SET modalities = ARRAY(SELECT DISTINCT m FROM unnest(modalities || $2) m ORDER BY m) WHERE id = $1 AND NOT modalities @> ARRAY[$2]", P(study), P(modality));
    }

    private void RecordConflicts(IndexEntry entry, string study, PatientKey patient)
    {
        const string Record = "INSERT INTO conflicts (kind, study_instance_uid, series_instance_uid, sop_instance_uid, claimed_patient_id, claimed_issuer, claimed_study_uid) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        if (study != entry.StudyUid)
            sql.Execute(Record, P((short)ConflictKind.SeriesOfAnotherStudy), P(study), P(entry.SeriesUid), P(entry.Instance.SopInstanceUid), P(""), P(""), P(entry.StudyUid));
        if (patient.IsContradictedBy(entry.Patient))
            sql.Execute(Record, P((short)ConflictKind.StudyOfAnotherPatient), P(study), P(entry.SeriesUid), P(entry.Instance.SopInstanceUid), P(entry.PatientId), P(entry.Issuer), P(""));
    }

    private Dictionary<string, SeriesPlace> FillAndTell(IReadOnlyList<IndexEntry> entries, Dictionary<string, string> studyOfSeries, Dictionary<string, PatientKey> patientOfStudy)
    {
        foreach (var entry in entries)
        {
            var study = _studies[studyOfSeries[entry.SeriesUid]];
            var key = patientOfStudy[study.Uid];
            var (patient, series) = (_patients[key], _series[entry.SeriesUid]);
            // What an object of another patient or study says is not about this one.
            if (entry.Patient == key && LevelRows.Fill(patient.Attributes, entry.Dataset, LevelAttributes.Patient) is { } p)
            {
                sql.Execute($"UPDATE patients SET ({LevelRows.PatientColumns}, updated_at) = ($2, $3, $4, $5, $6, now()) WHERE id = $1", [P(patient.Id), .. LevelRows.Patient(p)]);
                _patients[key] = patient with { Attributes = Dicom.Datasets.CompactHeader.Encode(p) };
            }
            if (entry.StudyUid == study.Uid && LevelRows.Fill(study.Attributes, entry.Dataset, LevelAttributes.Study) is { } st)
            {
                sql.Execute($"UPDATE studies SET ({LevelRows.StudyColumns}, updated_at, version) = ($2, $3, $4, $5, $6, $7, $8, $9, now(), version + 1) WHERE id = $1", [P(study.Id), .. LevelRows.Study(st)]);
                _studies[study.Uid] = study with { Attributes = Dicom.Datasets.CompactHeader.Encode(st) };
            }
            if (LevelRows.Fill(series.Attributes, entry.Dataset, LevelAttributes.Series) is { } se)
            {
                sql.Execute($"UPDATE series SET ({LevelRows.SeriesColumns}, updated_at, version) = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, now(), version + 1) WHERE id = $1", [P(series.Id), .. LevelRows.Series(se)]);
                AddModality(study.Id, se.Text(Tags.Modality));
                _series[series.Uid] = series with { Attributes = Dicom.Datasets.CompactHeader.Encode(se) };
            }
        }
        return _series.Values.ToDictionary(s => s.Uid, s => Place(s, _studies[studyOfSeries[s.Uid]], patientOfStudy[studyOfSeries[s.Uid]]));
    }

    private SeriesPlace Place(SeriesRow series, StudyRow study, PatientKey patient) => new()
    {
        SeriesKey = series.Id,
        StudyKey = study.Id,
        PatientKey = study.PatientKey,
        StudyUid = study.Uid,
        Patient = patient,
        PatientMask = Mask(_patients[patient].Attributes, LevelAttributes.Patient),
        StudyMask = Mask(study.Attributes, LevelAttributes.Study),
        SeriesMask = Mask(series.Attributes, LevelAttributes.Series),
    };

    private static ulong Mask(byte[] attributes, IReadOnlyList<Dicom.Primitives.Tag> tags) => Dicom.Datasets.CompactHeader.Decode(attributes).MaskOf(tags);

    private static string[] Distinct(IEnumerable<string> uids) => [.. uids.Distinct()];
}
