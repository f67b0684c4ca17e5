using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Worklist;

/// <summary>Keeps the worklist's items. All nodes share them; a change is in force with the next query.</summary>
public sealed class WorklistStore(NpgsqlDataSource database)
{
    /// <summary>
    /// Adds items, or changes those that are known already by the same patient, accession number, requested procedure and step:
    /// all or, when one of them is none, nothing. One without Study Instance UID gets one, and keeps it.
    /// </summary>
    /// <exception cref="WorklistException">A data set is no item; the message says which and why.</exception>
    public async Task<IReadOnlyList<WorklistItem>> PutAsync(IReadOnlyList<DicomDataset> datasets, CancellationToken cancellation)
    {
        var entries = new List<WorklistEntry>(datasets.Count);
        foreach (var dataset in datasets)
        {
            try
            {
                entries.Add(WorklistEntry.Read(dataset));
            }
            catch (WorklistException e) when (datasets.Count > 1)
            {
                throw new WorklistException($"Data set {entries.Count + 1} of {datasets.Count}: {e.Message} None of them was taken.");
            }
        }
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Always in the same order, so that two imports of the same steps do not wait for each other in a circle.
        var items = new WorklistItem[entries.Count];
        foreach (var (entry, position) in entries.Select((e, i) => (e, i)).OrderBy(e => KeyOf(e.e), StringComparer.Ordinal))
            items[position] = await PutAsync(connection, entry, cancellation);
        await transaction.CommitAsync(cancellation);
        return items;
    }

    /// <summary>Changes an item to what the data set says; its status and Study Instance UID stay when it says none.</summary>
    /// <returns>Null: there is no such item.</returns>
    /// <exception cref="WorklistException">The data set is no item, or that of a step that another item is about.</exception>
    public async Task<WorklistItem?> ReplaceAsync(long id, DicomDataset dataset, CancellationToken cancellation)
    {
        var entry = WorklistEntry.Read(dataset);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (await LockAsync(connection, "id = $1", [id], cancellation) is not { } known) return null;
        try
        {
            var item = await UpdateAsync(connection, known, entry, cancellation);
            await transaction.CommitAsync(cancellation);
            return item;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new WorklistException("Another item is about this step already: patient, accession number, requested procedure and step are the same.") { IsConflict = true };
        }
    }

    /// <returns>Null: there is no such item.</returns>
    public async Task<WorklistItem?> FindAsync(long id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"SELECT {WorklistRows.Columns} FROM worklist_items w WHERE id = $1");
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? WorklistRows.Read(reader) : null;
    }

    /// <returns>Whether it was there.</returns>
    public async Task<bool> RemoveAsync(long id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("DELETE FROM worklist_items WHERE id = $1");
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    }

    private static async Task<WorklistItem> PutAsync(NpgsqlConnection connection, WorklistEntry entry, CancellationToken cancellation)
    {
        var isKnownStudy = entry.StudyInstanceUid is not null;
        if (!isKnownStudy) entry.Dataset.Set(Tags.StudyInstanceUID, Vr.UI, Uid.Generate());
        await using (var command = new NpgsqlCommand(
            $"""
            INSERT INTO worklist_items AS w (patient_id, accession_number, requested_procedure_id, step_id, study_instance_uid, patient_name_key,
                modality, station_ae_titles, start_date, start_time, dataset, status)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT DO NOTHING RETURNING {WorklistRows.Columns}
            """, connection))
        {
            WorklistRows.AddTo(command.Parameters, entry);
            command.Parameters.Add(new() { Value = entry.Status ?? StepStatus.Scheduled });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            if (await reader.ReadAsync(cancellation)) return WorklistRows.Read(reader, isNew: true);
        }
        if (!isKnownStudy) entry.Dataset.Remove(Tags.StudyInstanceUID);
        var known = await LockAsync(connection,
            "patient_id = $1 AND accession_number = $2 AND requested_procedure_id = $3 AND step_id = $4", [.. KeyParts(entry)], cancellation);
        // Removed by another in between: then this is the first again.
        return known is null ? await PutAsync(connection, entry, cancellation) : await UpdateAsync(connection, known.Value, entry, cancellation);
    }

    private static async Task<WorklistItem> UpdateAsync(NpgsqlConnection connection, (long Id, string Study) known, WorklistEntry entry, CancellationToken cancellation)
    {
        if (entry.StudyInstanceUid is null) entry.Dataset.Set(Tags.StudyInstanceUID, Vr.UI, known.Study);
        await using var command = new NpgsqlCommand(
            $"""
            UPDATE worklist_items w SET patient_id = $1, accession_number = $2, requested_procedure_id = $3, step_id = $4, study_instance_uid = $5,
                patient_name_key = $6, modality = $7, station_ae_titles = $8, start_date = $9, start_time = $10, dataset = $11,
                status = coalesce($12, status), updated_at = now()
            WHERE id = $13 RETURNING {WorklistRows.Columns}
            """, connection);
        WorklistRows.AddTo(command.Parameters, entry);
        command.Parameters.Add(new() { Value = (object?)entry.Status ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = known.Id });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return WorklistRows.Read(reader);
    }

    private static async Task<(long Id, string Study)?> LockAsync(NpgsqlConnection connection, string condition, object[] values, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"SELECT id, study_instance_uid FROM worklist_items WHERE {condition} FOR UPDATE", connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetInt64(0), reader.GetString(1)) : null;
    }

    private static string KeyOf(WorklistEntry entry) => string.Join('\\', KeyParts(entry));

    private static string[] KeyParts(WorklistEntry entry) =>
    [
        Model.DatasetText.Text(entry.Dataset, Tags.PatientID), Model.DatasetText.Text(entry.Dataset, Tags.AccessionNumber),
        Model.DatasetText.Text(entry.Dataset, Tags.RequestedProcedureID), Model.DatasetText.Text(entry.Step, Tags.ScheduledProcedureStepID),
    ];
}
