using Npgsql;
using NpgsqlTypes;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;

namespace Pacs.TestKit.Samples;

/// <summary>
/// Fills an index with as many studies as wanted, without blobs: ten years of a hospital, 100 studies for 35 patients, two
/// series to a study, one instance to a series. The same rows for the same number.
/// </summary>
public static class SyntheticIndex
{
    private const string Modalities = "{CT,CT,CT,CT,CT,CT,MR,MR,MR,MR,CR,CR,CR,CR,DX,DX,US,US,US,XA}";

    private const string Surnames =
        "{smith,johnson,williams,brown,jones,garcia,miller,davis,rodriguez,martinez,hernandez,lopez,gonzalez,wilson,anderson,thomas,taylor,moore,jackson,martin,"
        + "lee,perez,thompson,white,harris,sanchez,clark,ramirez,lewis,robinson,walker,young,allen,king,wright,scott,torres,nguyen,hill,flores,muller,schmidt,schneider,"
        + "fischer,weber,meyer,wagner,becker,schulz,hoffmann,koch,bauer,richter,klein,wolf,schroder,neumann,schwarz,zimmermann,braun,kruger,hofmann,hartmann,lange,"
        + "werner,krause,lehmann,kohler,maier,herrmann,konig,walter,mayer,huber,kaiser,fuchs,peters,lang,scholz,moller,weiss,jung,hahn,vogel,keller,gunther,frank}";

    private const string GivenNames =
        "{james,mary,robert,patricia,john,jennifer,michael,linda,david,elizabeth,william,barbara,richard,susan,joseph,jessica,thomas,sarah,charles,karen,christopher,"
        + "lisa,daniel,nancy,matthew,betty,anthony,margaret,mark,sandra,donald,ashley,steven,kimberly,paul,emily,andrew,donna,joshua,michelle,kenneth,carol,kevin,amanda}";

    /// <summary>A modality that the ten oldest studies have, and no other.</summary>
    public const string RareModality = "OPV";

    public static async Task FillAsync(NpgsqlDataSource dataSource, int studies, CancellationToken cancellation = default)
    {
        var patients = Math.Max(1, studies * 35 / 100);
        // n-th patient or study: h(n, salt) is a number that looks random and is always the same.
        const string H = "abs(hashint8extended(n, {0}) % {1})";
        string Pick(string list, int salt, int count) => $"('{list}'::text[])[1 + {string.Format(H, salt, count)}]";

        await RunAsync($"""
            INSERT INTO patients (patient_id, issuer, unknown_study_uid, name, name_key, birth_date, sex, attributes, study_count, series_count, instance_count)
            SELECT 'PID' || lpad(n::text, 8, '0'), 'HOSPITAL', '', key, key, to_char(date '1930-01-01' + {string.Format(H, 4, 30000)}::int, 'YYYYMMDD'), {Pick("{F,M}", 5, 2)},
                overlay($1 PLACING convert_to(rpad(key, 30), 'UTF8') FROM position(convert_to(repeat('_', 30), 'UTF8') IN $1)), 3, 6, 6
            FROM (SELECT n, {Pick(Surnames, 1, 87)} || chr(97 + {string.Format(H, 2, 26)}::int) || '^' || {Pick(GivenNames, 3, 44)} || '^' || chr(97 + {string.Format(H, 6, 26)}::int) AS key
                  FROM generate_series(1, {patients}::bigint) n) x
            """, new DicomDataset().Set(Tags.PatientName, new string('_', 30)).Set(Tags.PatientID, "PID").Set(Tags.IssuerOfPatientID, "HOSPITAL")
                .Set(Tags.PatientBirthDate, "19500101").Set(Tags.PatientSex, "O"));
        await RunAsync($"""
            INSERT INTO studies (patient_key, study_instance_uid, study_date, study_time, accession_number, study_id, description,
                referring_physician_name, referring_physician_name_key, modalities, sop_classes, attributes, series_count, instance_count)
            SELECT first_patient + {string.Format(H, 11, patients)}, '2.25.1.' || n, to_char(date '2015-01-01' + (n * 3650 / {studies})::int, 'YYYYMMDD'),
                to_char(time '00:00' + make_interval(secs => {string.Format(H, 12, 86400)}), 'HH24MISS') || '.000000', 'A' || lpad(n::text, 9, '0'), 'S' || n % 1000,
                'Study of ' || {Pick("{head,neck,chest,abdomen,pelvis,spine,knee,hand}", 13, 8)} || ' ' || {string.Format(H, 14, 1000)},
                {Pick(Surnames, 15, 87)}, {Pick(Surnames, 15, 87)},
                CASE WHEN n <= 10 THEN '{"{" + RareModality + "}"}' ELSE ARRAY[{Pick(Modalities, 16, 20)}] END, ARRAY['1.2.840.10008.5.1.4.1.1.2'], $1, 2, 2
            FROM generate_series(1, {studies}::bigint) n, (SELECT min(id) AS first_patient FROM patients) p
            """, new DicomDataset().Set(Tags.StudyInstanceUID, "2.25.1").Set(Tags.StudyDate, "20200101").Set(Tags.StudyTime, "120000").Set(Tags.AccessionNumber, "A000000000")
                .Set(Tags.StudyDescription, "Study of something").Set(Tags.ReferringPhysicianName, "Smith^John").Set(Tags.StudyID, "S1"));
        await RunAsync("""
            INSERT INTO series (study_key, series_instance_uid, modality, series_number, description, body_part, station_name, institution_name, laterality,
                performed_start_date, performed_start_time, performed_step_id, attributes, instance_count)
            SELECT s.id, s.study_instance_uid || '.' || n, s.modalities[1], n, 'Series ' || n, 'CHEST', 'STATION' || s.id % 20, 'Hospital', '', s.study_date, s.study_time, 'PPS' || s.id, $1, 1
            FROM studies s, generate_series(1, 2) n ORDER BY s.id, n
            """, new DicomDataset().Set(Tags.SeriesInstanceUID, "2.25.1.1").Set(Tags.Modality, "CT").Set(Tags.SeriesNumber, 1).Set(Tags.SeriesDescription, "Series 1"));
        await RunAsync("""
            INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, transfer_syntax_uid, instance_number, rows, columns, bits_allocated, content_date, content_time,
                blob_key, blob_length, dataset_offset, dataset_crc, is_lossy, protocol, calling_ae_title, remote_address, received_at, header)
            SELECT r.id, r.series_instance_uid || '.1', '1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.1.2.1', 1, 512, 512, 16, r.performed_start_date, r.performed_start_time,
                'none/' || r.id, 525000, 400, 0, false, 'Synthetic', '', '', now(), $1
            FROM series r ORDER BY r.id
            """, new DicomDataset().Set(Tags.SOPInstanceUID, "2.25.1.1.1").Set(Tags.InstanceNumber, 1));
        await using var tidy = dataSource.CreateCommand("VACUUM (ANALYZE) patients, studies, series, instances");
        tidy.CommandTimeout = 0;
        await tidy.ExecuteNonQueryAsync(cancellation);

        async Task RunAsync(string sql, DicomDataset attributes)
        {
            await using var command = dataSource.CreateCommand(sql);
            command.CommandTimeout = 0;
            command.Parameters.Add(new NpgsqlParameter { Value = CompactHeader.Encode(attributes), NpgsqlDbType = NpgsqlDbType.Bytea });
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }
}
