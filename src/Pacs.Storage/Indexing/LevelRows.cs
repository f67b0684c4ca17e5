using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Model;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Indexing;

/// <summary>Columns of patient, study and series: all follow from the level's attributes.</summary>
internal static class LevelRows
{
    public const string PatientColumns = "name, name_key, birth_date, sex, attributes";
    public const string StudyColumns = "study_date, study_time, accession_number, study_id, description, referring_physician_name, referring_physician_name_key, attributes";
    public const string SeriesColumns = "modality, series_number, description, body_part, station_name, institution_name, laterality, performed_start_date, performed_start_time, performed_step_id, attributes";

    public static NpgsqlParameter[] Patient(DicomDataset a) =>
    [
        P(a.AllText(Tags.PatientName)), P(NameKey.Fold(a.AllText(Tags.PatientName))), P(a.Date(Tags.PatientBirthDate)), P(a.Text(Tags.PatientSex)),
        P(CompactHeader.Encode(a)),
    ];

    public static NpgsqlParameter[] Study(DicomDataset a) =>
    [
        P(a.Date(Tags.StudyDate)), P(a.Time(Tags.StudyTime)), P(a.Text(Tags.AccessionNumber)), P(a.Text(Tags.StudyID)),
        P(a.Text(Tags.StudyDescription)), P(a.AllText(Tags.ReferringPhysicianName)), P(NameKey.Fold(a.AllText(Tags.ReferringPhysicianName))),
        P(CompactHeader.Encode(a)),
    ];

    public static NpgsqlParameter[] Series(DicomDataset a) =>
    [
        P(a.Text(Tags.Modality)), new NpgsqlParameter { Value = (object?)a.GetInteger(Tags.SeriesNumber) ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint },
        P(a.Text(Tags.SeriesDescription)), P(a.Text(Tags.BodyPartExamined)), P(a.Text(Tags.StationName)), P(a.Text(Tags.InstitutionName)),
        P(a.Text(Tags.Laterality)), P(a.Date(Tags.PerformedProcedureStepStartDate)), P(a.Time(Tags.PerformedProcedureStepStartTime)),
        P(a.Text(Tags.PerformedProcedureStepID)), P(CompactHeader.Encode(a)),
    ];

    /// <summary>The first value that is not empty stays; what is empty is filled. Null when nothing is.</summary>
    public static DicomDataset? Fill(byte[] stored, DicomDataset incoming, IReadOnlyList<Tag> tags)
    {
        var kept = CompactHeader.Decode(stored);
        var filled = false;
        foreach (var element in incoming.Extract([.. tags.Where(t => !kept.HasValue(t))]))
        {
            if (element.Tag == Dicom.CharacterSets.SpecificCharacterSet.Tag) continue;
            kept.Set(element);
            filled = true;
        }
        return filled ? kept : null;
    }
}
