using Npgsql;
using NpgsqlTypes;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;
using Pacs.Storage.Worklist;

namespace Pacs.Storage.ProcedureSteps;

/// <summary>
/// Keeps performed procedure steps. Creating and setting one is one transaction with what it means for the worklist; two that
/// set the same step come one after the other.
/// </summary>
public sealed class ProcedureStepStore(NpgsqlDataSource database)
{
    private const string Columns = "sop_instance_uid, status, calling_ae_title, study_instance_uids, dataset, created_at, updated_at";

    /// <summary>Creates a step, in progress; its items of the worklist are started.</summary>
    /// <param name="sopInstanceUid">Of the step.</param>
    /// <param name="dataset">As the requestor sent it.</param>
    /// <param name="callingAeTitle">The requestor.</param>
    /// <param name="isStrict">Attributes that may be empty have to be there.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ProcedureStepException">Nothing was created.</exception>
    public async Task<ProcedureStep> CreateAsync(string sopInstanceUid, DicomDataset dataset, string callingAeTitle, bool isStrict, CancellationToken cancellation)
    {
        ProcedureStepRules.CheckCreate(dataset, isStrict);
        var kept = new DicomDataset().Set(Utf8Text.CharacterSetElement);
        Merge(kept, dataset, dataset.Select(e => e.Tag));

        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var command = new NpgsqlCommand(
            $"INSERT INTO procedure_steps (sop_instance_uid, status, study_instance_uids, calling_ae_title, dataset) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING {Columns}", connection))
        {
            command.Parameters.Add(new() { Value = sopInstanceUid });
            command.Parameters.Add(new() { Value = (short)ProcedureStepStatus.InProgress });
            command.Parameters.Add(new() { Value = StudiesOf(kept), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
            command.Parameters.Add(new() { Value = callingAeTitle });
            command.Parameters.Add(new() { Value = CompactHeader.Encode(kept), NpgsqlDbType = NpgsqlDbType.Bytea });
            if (await ReadOneAsync(command, cancellation) is not { } step)
                throw new ProcedureStepException(ProcedureStepFault.DuplicateInstance, "There is a procedure step of this UID");
            await WorklistProgress.ApplyAsync(connection, kept, step.Status, cancellation);
            await transaction.CommitAsync(cancellation);
            return step;
        }
    }

    /// <summary>Changes a step in progress. One that ends closes its items of the worklist.</summary>
    /// <param name="sopInstanceUid">Of the step.</param>
    /// <param name="modifications">As the requestor sent them; what they name is replaced, sequences as a whole.</param>
    /// <param name="isStrict">Attributes that cannot be changed are an error; else they are left as they are, and told.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The step as it is now, and the attributes that were left as they are.</returns>
    /// <exception cref="ProcedureStepException">Nothing was changed.</exception>
    public async Task<(ProcedureStep Step, IReadOnlyList<Tag> Ignored)> SetAsync(string sopInstanceUid, DicomDataset modifications, bool isStrict, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var step = await FindAsync(connection, sopInstanceUid, "FOR UPDATE", cancellation)
            ?? throw new ProcedureStepException(ProcedureStepFault.NoSuchInstance, "There is no procedure step of this UID");
        if (step.Status != ProcedureStepStatus.InProgress)
            throw new ProcedureStepException(ProcedureStepFault.NoLongerUpdatable, "Performed Procedure Step Object may no longer be updated");

        var sent = new DicomDataset();
        Merge(sent, modifications, modifications.Select(e => e.Tag));
        Tag[] ignored = [.. sent.Where(e => ProcedureStepRules.IsFixed(e.Tag) && !IsSame(e, step.Dataset[e.Tag])).Select(e => e.Tag)];
        if (isStrict && ignored.Length > 0)
            throw new ProcedureStepException(ProcedureStepFault.NoSuchAttribute, $"{DataElementDictionary.KeywordOf(ignored[0])} cannot be set any more", ignored);
        var merged = step.Dataset;
        foreach (var element in sent)
            if (!ProcedureStepRules.IsFixed(element.Tag)) merged.Set(element);
        ProcedureStepRules.CheckSet(merged, isStrict);

        await using var command = new NpgsqlCommand(
            $"UPDATE procedure_steps SET status = $2, dataset = $3, object_uids = $4, updated_at = now() WHERE sop_instance_uid = $1 RETURNING {Columns}", connection);
        command.Parameters.Add(new() { Value = sopInstanceUid });
        command.Parameters.Add(new() { Value = (short)ProcedureStepRules.StatusOf(merged) });
        command.Parameters.Add(new() { Value = CompactHeader.Encode(merged), NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = ObjectsOf(merged), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        step = (await ReadOneAsync(command, cancellation))!;
        await WorklistProgress.ApplyAsync(connection, merged, step.Status, cancellation);
        await transaction.CommitAsync(cancellation);
        return (step, ignored);
    }

    /// <returns>Null: there is none.</returns>
    public async Task<ProcedureStep?> FindAsync(string sopInstanceUid, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await FindAsync(connection, sopInstanceUid, "", cancellation);
    }

    /// <summary>Newest first.</summary>
    /// <param name="study">Only those of this study.</param>
    /// <param name="status">Only those of this status.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="offset">Leave out so many first.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyList<ProcedureStep>> ListAsync(string? study, ProcedureStepStatus? status, int limit, int offset, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"""
            SELECT {Columns} FROM procedure_steps
            WHERE ($1::text IS NULL OR study_instance_uids @> ARRAY[$1::text] COLLATE "C") AND ($2::smallint IS NULL OR status = $2)
            ORDER BY created_at DESC, sop_instance_uid DESC LIMIT $3 OFFSET $4
            """);
        command.Parameters.Add(new() { Value = (object?)study ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = status is { } s ? (short)s : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Smallint });
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = offset });
        var steps = new List<ProcedureStep>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) steps.Add(Read(reader));
        return steps;
    }

    private static void Merge(DicomDataset into, DicomDataset from, IEnumerable<Tag> tags)
    {
        foreach (var tag in tags)
            if (tag != SpecificCharacterSet.Tag && !tag.IsGroupLength) into.Set(Utf8Text.Convert(from[tag]!, from));
    }

    /// <summary>Modalities send again what they sent before.</summary>
    private static bool IsSame(DicomElement element, DicomElement? known) =>
        known is not null && CompactHeader.Encode(new DicomDataset().Set(element)).AsSpan().SequenceEqual(CompactHeader.Encode(new DicomDataset().Set(known)));

    private static string[] StudiesOf(DicomDataset dataset) =>
        [.. dataset.GetItems(Tags.ScheduledStepAttributesSequence).Select(s => s.GetString(Tags.StudyInstanceUID)!).Distinct()];

    private static string[] ObjectsOf(DicomDataset dataset) =>
        [.. dataset.GetItems(Tags.PerformedSeriesSequence).SelectMany(ProcedureStepRules.References).Select(r => r.GetString(Tags.ReferencedSOPInstanceUID)!).Distinct()];

    private static async Task<ProcedureStep?> FindAsync(NpgsqlConnection connection, string sopInstanceUid, string locking, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM procedure_steps WHERE sop_instance_uid = $1 {locking}", connection);
        command.Parameters.Add(new() { Value = sopInstanceUid });
        return await ReadOneAsync(command, cancellation);
    }

    private static async Task<ProcedureStep?> ReadOneAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? Read(reader) : null;
    }

    private static ProcedureStep Read(NpgsqlDataReader row) => new()
    {
        SopInstanceUid = row.GetString(0),
        Status = (ProcedureStepStatus)row.GetInt16(1),
        CallingAeTitle = row.GetString(2),
        StudyInstanceUids = row.GetFieldValue<string[]>(3),
        Dataset = CompactHeader.Decode((byte[])row[4]),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(5),
        UpdatedAt = row.GetFieldValue<DateTimeOffset>(6),
    };
}
