using Npgsql;
using NpgsqlTypes;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Model;
using Pacs.Storage.ProcedureSteps;

namespace Pacs.Storage.Worklist;

/// <summary>What a performed step means for the scheduled ones that it was about.</summary>
internal static class WorklistProgress
{
    /// <summary>Discontinued for: incorrect worklist entry selected (PS3.16 CID 9300). Then nothing was done of what is scheduled.</summary>
    private const string IncorrectEntry = "110514";

    /// <summary>In the transaction of the connection.</summary>
    public static async Task ApplyAsync(NpgsqlConnection connection, DicomDataset performed, ProcedureStepStatus status, CancellationToken cancellation)
    {
        var items = new SortedSet<long>();
        foreach (var scheduled in performed.GetItems(Tags.ScheduledStepAttributesSequence))
            items.UnionWith(await FindAsync(connection, scheduled, performed.Text(Tags.PatientID), cancellation));
        if (items.Count == 0) return;
        // One that was completed once stays so, whatever is appended to it.
        await using var command = new NpgsqlCommand("UPDATE worklist_items SET status = $1, updated_at = now() WHERE id = ANY ($2) AND status NOT IN ($1, 'COMPLETED')", connection);
        command.Parameters.Add(new() { Value = Means(performed, status) });
        command.Parameters.Add(new() { Value = items.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static string Means(DicomDataset performed, ProcedureStepStatus status) => status switch
    {
        ProcedureStepStatus.InProgress => StepStatus.Started,
        ProcedureStepStatus.Completed => StepStatus.Completed,
        _ when performed.GetItems(Tags.PerformedProcedureStepDiscontinuationReasonCodeSequence)
            .Any(r => r.GetString(Tags.CodeValue) == IncorrectEntry && r.GetString(Tags.CodingSchemeDesignator) == "DCM") => StepStatus.Scheduled,
        _ => StepStatus.Discontinued,
    };

    /// <summary>
    /// Items of the study – or, for modalities that make up a study of their own, of the patient's accession number – whose
    /// requested procedure and step are those named. Where no step is named, the item if there is only one.
    /// </summary>
    private static async Task<IReadOnlyList<long>> FindAsync(NpgsqlConnection connection, DicomDataset scheduled, string patientId, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT id FROM worklist_items
            WHERE (study_instance_uid = $1 OR ($2 <> '' AND accession_number = $2 AND ($5 = '' OR patient_id = $5)))
                AND ($3 = '' OR requested_procedure_id = $3) AND ($4 = '' OR step_id = $4)
            ORDER BY patient_id, accession_number, requested_procedure_id, step_id FOR UPDATE
            """, connection);
        var step = scheduled.Text(Tags.ScheduledProcedureStepID);
        foreach (var value in (string[])[scheduled.Text(Tags.StudyInstanceUID), scheduled.Text(Tags.AccessionNumber), scheduled.Text(Tags.RequestedProcedureID), step, patientId])
            command.Parameters.Add(new() { Value = value, NpgsqlDbType = NpgsqlDbType.Text });
        var items = new List<long>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) items.Add(reader.GetInt64(0));
        return step.Length > 0 || items.Count == 1 ? items : [];
    }
}
