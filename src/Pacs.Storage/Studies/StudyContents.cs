using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Studies;

/// <summary>What a study consists of, in parts of bounded size.</summary>
public sealed class StudyContents(NpgsqlDataSource database)
{
    /// <summary>Objects of a part: what one notification lists, well below what any peer takes as a data set.</summary>
    public const int PartSize = 5000;

    /// <summary>The kind of job that tells a peer.</summary>
    public const string JobKind = "instance-availability";

    /// <param name="studyInstanceUid">The study.</param>
    /// <param name="number">From 1.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<StudyPart> ReadAsync(string studyInstanceUid, int number, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT r.series_instance_uid, i.sop_class_uid, i.sop_instance_uid
            FROM studies s JOIN series r ON r.study_key = s.id JOIN instances i ON i.series_key = r.id
            WHERE s.study_instance_uid = $1 ORDER BY r.id, i.id OFFSET $2 LIMIT $3
            """);
        command.Parameters.Add(new() { Value = studyInstanceUid });
        command.Parameters.Add(new() { Value = (long)(number - 1) * PartSize });
        command.Parameters.Add(new() { Value = PartSize });
        var rows = await JobRows.ReadAllAsync(command, r => (Series: r.GetString(0), Class: r.GetString(1), Uid: r.GetString(2)), cancellation);
        var series = rows.GroupBy(r => r.Series)
            .Select(g => (g.Key, (IReadOnlyList<(string, string)>)[.. g.Select(r => (r.Class, r.Uid))])).ToList();
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
