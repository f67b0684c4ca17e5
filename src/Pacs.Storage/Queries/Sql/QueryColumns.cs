using System.Collections.Frozen;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using static Pacs.Storage.Queries.QueryLevel;
using static Pacs.Storage.Queries.Sql.ColumnKind;
using LevelAttributes = Pacs.Storage.Model.LevelAttributes;

namespace Pacs.Storage.Queries.Sql;

/// <summary>
/// Which attribute is of which level, and which has a column. Every attribute of <see cref="LevelAttributes"/> and of an
/// instance's header is a query key; a line here makes it one that the database matches. To add one: a migration that
/// adds column and index, its value in the index writer, a line here.
/// </summary>
internal static class QueryColumns
{
    private static readonly FrozenDictionary<Tag, QueryColumn> ByTag = new QueryColumn[]
    {
        new(Tags.PatientID, Patient, Text, "p.patient_id", IsReturned: true) { FollowsArrival = true },
        new(Tags.IssuerOfPatientID, Patient, Text, "p.issuer"),
        new(Tags.PatientName, Patient, Name, "p.name_key") { CopyInStudies = "s.patient_name_key" },
        new(Tags.PatientBirthDate, Patient, Date, "p.birth_date"),
        new(Tags.PatientSex, Patient, Text, "p.sex"),
        new(Tags.NumberOfPatientRelatedStudies, Patient, Number, "p.study_count", IsReturned: true),
        new(Tags.NumberOfPatientRelatedSeries, Patient, Number, "p.series_count", IsReturned: true),
        new(Tags.NumberOfPatientRelatedInstances, Patient, Number, "p.instance_count", IsReturned: true),
        new(Tags.InstanceAvailability, Patient, Text, "'ONLINE'::text", IsReturned: true) { SqlOfLevel = AvailabilityAt },

        new(Tags.StudyInstanceUID, Study, Text, "s.study_instance_uid", IsReturned: true),
        new(Tags.StudyDate, Study, Date, "s.study_date") { FollowsArrival = true },
        new(Tags.StudyTime, Study, Time, "s.study_time"),
        new(Tags.AccessionNumber, Study, Text, "s.accession_number") { FollowsArrival = true },
        new(Tags.StudyID, Study, Text, "s.study_id") { FollowsArrival = true },
        new(Tags.StudyDescription, Study, Text, "s.description"),
        new(Tags.ReferringPhysicianName, Study, Name, "s.referring_physician_name_key"),
        new(Tags.ModalitiesInStudy, Study, Modalities, "s.modalities", IsReturned: true),
        new(Tags.SOPClassesInStudy, Study, TextArray, "s.sop_classes", IsReturned: true),
        new(Tags.NumberOfStudyRelatedSeries, Study, Number, "s.series_count", IsReturned: true),
        new(Tags.NumberOfStudyRelatedInstances, Study, Number, "s.instance_count", IsReturned: true),

        new(Tags.SeriesInstanceUID, Series, Text, "r.series_instance_uid", IsReturned: true),
        new(Tags.Modality, Series, Text, "r.modality"),
        new(Tags.SeriesNumber, Series, Number, "r.series_number"),
        new(Tags.SeriesDescription, Series, Text, "r.description"),
        new(Tags.BodyPartExamined, Series, Text, "r.body_part"),
        new(Tags.StationName, Series, Text, "r.station_name"),
        new(Tags.InstitutionName, Series, Text, "r.institution_name"),
        new(Tags.Laterality, Series, Text, "r.laterality"),
        new(Tags.PerformedProcedureStepStartDate, Series, Date, "r.performed_start_date") { FollowsArrival = true },
        new(Tags.PerformedProcedureStepStartTime, Series, Time, "r.performed_start_time"),
        new(Tags.PerformedProcedureStepID, Series, Text, "r.performed_step_id"),
        new(Tags.NumberOfSeriesRelatedInstances, Series, Number, "r.instance_count", IsReturned: true),

        new(Tags.SOPInstanceUID, Instance, Text, "i.sop_instance_uid", IsReturned: true),
        new(Tags.SOPClassUID, Instance, Text, "i.sop_class_uid", IsReturned: true),
        new(Tags.AvailableTransferSyntaxUID, Instance, Text, "i.transfer_syntax_uid", IsReturned: true),
        new(Tags.InstanceNumber, Instance, Number, "i.instance_number", IsReturned: true),
        new(Tags.Rows, Instance, Number, "i.rows", IsReturned: true),
        new(Tags.Columns, Instance, Number, "i.columns", IsReturned: true),
        new(Tags.BitsAllocated, Instance, Number, "i.bits_allocated", IsReturned: true),
        new(Tags.NumberOfFrames, Instance, Number, "i.number_of_frames", IsReturned: true),
        new(Tags.ContentDate, Instance, Date, "i.content_date") { FollowsArrival = true },
        new(Tags.ContentTime, Instance, Time, "i.content_time"),
    }.ToFrozenDictionary(c => c.Tag);

    private static readonly FrozenDictionary<Tag, QueryLevel> Levels =
        LevelAttributes.Patient.Select(t => (t, Patient))
            .Concat(LevelAttributes.Study.Select(t => (t, Study)))
            .Concat(LevelAttributes.Series.Select(t => (t, Series)))
            .Concat(ByTag.Values.Select(c => (c.Tag, c.Level)))
            .DistinctBy(x => x.Item1)
            .ToFrozenDictionary(x => x.Item1, x => x.Item2);

    /// <summary>
    /// Where any file is at an archive behind this one, the longest delay counts (PS3.4 §C.4.1.1.3.2). Not EXISTS, which the
    /// planner might turn into a walk through all of them.
    /// </summary>
    private static string AvailabilityAt(QueryLevel level)
    {
        var remote = level switch
        {
            Patient => "studies v JOIN remote_blobs b ON b.study_instance_uid = v.study_instance_uid WHERE v.patient_key = p.id",
            Study => "remote_blobs b WHERE b.study_instance_uid = s.study_instance_uid",
            Series => "remote_blobs b WHERE b.series_instance_uid = r.series_instance_uid",
            _ => "remote_blobs b WHERE b.blob_key = i.blob_key",
        };
        return $"coalesce((SELECT 'NEARLINE' FROM {remote} LIMIT 1), 'ONLINE')";
    }

    public static IEnumerable<QueryColumn> All => ByTag.Values;

    public static QueryColumn? Find(Tag tag) => ByTag.GetValueOrDefault(tag);

    /// <summary>The level that keeps the attribute: what no higher level keeps is the instance's.</summary>
    public static QueryLevel LevelOf(Tag tag) => Levels.TryGetValue(tag, out var level) ? level : Instance;

    /// <summary>Attributes that are always in an answer: the unique keys of the level and those above.</summary>
    public static IEnumerable<Tag> UniqueKeys(QueryLevel level) =>
        new[] { Tags.PatientID, Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID }.Take((int)level + 1);
}
