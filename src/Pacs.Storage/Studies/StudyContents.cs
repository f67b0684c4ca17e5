using Npgsql;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Studies;

/// <summary>What a study consists of, in parts of bounded size.</summary>
public sealed class StudyContents(NpgsqlDataSource database)
{
    /// <summary>The kind of job that tells a peer by Instance Availability Notification.</summary>
    public const string JobKind = "instance-availability";

    /// <summary>Objects that one of these lists, well below what any peer takes as a data set.</summary>
    public const int PartSize = 5000;

    /// <summary>The kind of job that tells a peer by Basic Study Content Notification.</summary>
    public const string ContentJobKind = "content-notification";

    /// <summary>Objects that one of these lists: as a rule all, for it says what the study consists of.</summary>
    public const int ContentPartSize = 50_000;

    /// <summary>A notification for each part of a study, with a new SOP Instance UID by which one that is sent twice is known to be the same.</summary>
    public static IReadOnlyList<JobItem> Parts(int instances, int partSize) =>
        [.. Enumerable.Range(0, (instances + partSize - 1) / partSize).Select(_ => new JobItem(Uid.Generate()))];

    /// <summary>The notifications of a job that somebody asks for.</summary>
    /// <exception cref="JobRefusedException">It names no study, or none that is here.</exception>
    public async Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, int partSize, CancellationToken cancellation)
    {
        if (request is not { StudyInstanceUid: { } study, SeriesInstanceUid: null, SopInstanceUid: null })
            throw new JobRefusedException(JobRefusal.Invalid, "Name the study that is to be told of: studyInstanceUid.");
        await using var command = database.CreateCommand("SELECT instance_count FROM studies WHERE study_instance_uid = $1");
        command.Parameters.Add(new() { Value = study });
        return await command.ExecuteScalarAsync(cancellation) is int and > 0 and var count
            ? Parts(count, partSize)
            : throw new JobRefusedException(JobRefusal.NothingSelected, "There is no such study in this archive.");
    }

    /// <summary>Patient's Name, Patient ID and Study ID, each with no value when it is not known; null when the study is gone. In UTF-8, and saying so, where they are beyond ASCII.</summary>
    public async Task<DicomDataset?> ReadSummaryAsync(string studyInstanceUid, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT p.attributes, s.attributes FROM studies s JOIN patients p ON p.id = s.patient_key WHERE s.study_instance_uid = $1");
        command.Parameters.Add(new() { Value = studyInstanceUid });
        var rows = await JobRows.ReadAllAsync(command, r => (Patient: CompactHeader.Decode(r.GetFieldValue<byte[]>(0)), Study: CompactHeader.Decode(r.GetFieldValue<byte[]>(1))), cancellation);
        if (rows is not [var (patient, attributes)]) return null;
        ValueElement Of(DicomDataset from, Tag tag) => from.OfType<ValueElement>().FirstOrDefault(e => e.Tag == tag) ?? new ValueElement(tag, DataElementDictionary.VrOf(tag), default);
        ValueElement[] known = [Of(patient, Tags.PatientName), Of(patient, Tags.PatientID), Of(attributes, Tags.StudyID)];
        var summary = new DicomDataset();
        foreach (var element in known) summary.Set(element);
        return known.All(e => System.Text.Ascii.IsValid(e.Value.Span)) ? summary : summary.Set(SpecificCharacterSet.Tag, Vr.CS, [.. SpecificCharacterSet.Utf8.DefinedTerms]);
    }

    /// <param name="studyInstanceUid">The study.</param>
    /// <param name="number">From 1.</param>
    /// <param name="size">Of a part.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<StudyPart> ReadAsync(string studyInstanceUid, int number, int size, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT r.series_instance_uid, i.sop_class_uid, i.sop_instance_uid, EXISTS (SELECT FROM remote_blobs b WHERE b.blob_key = i.blob_key)
            FROM studies s JOIN series r ON r.study_key = s.id JOIN instances i ON i.series_key = r.id
            WHERE s.study_instance_uid = $1 ORDER BY r.id, i.id OFFSET $2 LIMIT $3
            """);
        command.Parameters.Add(new() { Value = studyInstanceUid });
        command.Parameters.Add(new() { Value = (long)(number - 1) * size });
        command.Parameters.Add(new() { Value = size });
        var rows = await JobRows.ReadAllAsync(command, r => (Series: r.GetString(0), Instance: new StudyInstance(r.GetString(1), r.GetString(2), IsOnline: !r.GetBoolean(3))), cancellation);
        var series = rows.GroupBy(r => r.Series).Select(g => (g.Key, (IReadOnlyList<StudyInstance>)[.. g.Select(r => r.Instance)])).ToList();
        return new StudyPart(series, await ReadStepAsync(studyInstanceUid, cancellation));
    }

    private async Task<DicomDataset?> ReadStepAsync(string studyInstanceUid, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT r.attributes FROM studies s JOIN series r ON r.study_key = s.id WHERE s.study_instance_uid = $1");
        command.Parameters.Add(new() { Value = studyInstanceUid });
        var steps = await JobRows.ReadAllAsync(command, r => CompactHeader.Decode(r.GetFieldValue<byte[]>(0)).GetItems(Tags.ReferencedPerformedProcedureStepSequence), cancellation);
        var known = steps.SelectMany(s => s)
            .Select(s => (Class: s.GetString(Tags.ReferencedSOPClassUID), Uid: s.GetString(Tags.ReferencedSOPInstanceUID)))
            .Where(s => s is { Class.Length: > 0, Uid.Length: > 0 }).Distinct().ToList();
        return known is [var only] ? new DicomDataset().Set(Tags.ReferencedSOPClassUID, only.Class!).Set(Tags.ReferencedSOPInstanceUID, only.Uid!) : null;
    }
}
